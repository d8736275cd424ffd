/** Parts of a report that several labs have, each with the heading that the lab gives it. */
import { hexdump } from '../bytes/index.ts';
import { ladderMermaid, ladderOf, ladderSvg, ladderText, lostFrames } from '../tcp/index.ts';
import { annotate, type Protocol, stateOf } from '../wire/index.ts';
import type { Evidence } from './evidence.ts';
import { fence, plain, table } from './markdown.ts';
import { NETSTAT_COLUMNS, netstatCells } from './netstat.ts';
import type { WirePacket } from './packets.ts';
import type { SocketRow } from './records.ts';
import { type Language, text, type Text } from './text.ts';
import { ranges } from './verdict.ts';
import type { WireView } from './wire-view.ts';

export const paragraphs = (...parts: readonly string[]): string =>
  parts.filter((part) => part !== '').join('\n\n');

export const details = (language: Language, content: string, summary?: string): string =>
  `<details><summary>${summary ?? (language === 'en' ? 'as text' : '文字形式')}</summary>\n\n${content}\n\n</details>`;

const NOTE_LENGTH = 70;
const shortNote = (note: string): string =>
  note.length > NOTE_LENGTH ? `${note.slice(0, NOTE_LENGTH - 1)}…` : note;

export interface LadderChoice {
  readonly elide?: { readonly head: number; readonly tail: number };
  /** Says the notes under the segments in the report's language. */
  readonly noted?: (note: string) => string;
  /** The same connection at the other end: what never came there is drawn as lost. */
  readonly other?: WireView | undefined;
  /** Name of the drawing's file; without it the ladder is drawn by the reader of the markdown. */
  readonly file?: string;
}

/** A connection as a ladder: a drawing, and the same as text. `drawings` gets the SVG when it has a file name. */
export function ladderSection(
  view: WireView,
  title: string,
  language: Language,
  drawings: Map<string, string>,
  { elide, file, other, noted = (note) => note }: LadderChoice = {},
): string {
  const whole = ladderOf(view.connection, {
    language,
    ...(elide === undefined ? {} : { elide }),
    ...(other === undefined ? {} : { lost: lostFrames(view.connection.segments, other.connection.segments) }),
  });
  const ladder = {
    ...whole,
    rungs: whole.rungs.map((rung) =>
      rung.kind === 'segment' ? { ...rung, notes: rung.notes.map((note) => shortNote(noted(note))) } : rung,
    ),
  };
  if (file !== undefined) drawings.set(file, ladderSvg(ladder));
  const picture = file === undefined ? fence(ladderMermaid(ladder), 'mermaid') : `![${title}](${file})`;
  const doubtful = ladder.rungs.some(
    (rung) => rung.kind === 'segment' && rung.states.some((state) => state?.endsWith('?') === true),
  );
  return paragraphs(
    `**${title}** (${view.capture.file})`,
    picture,
    details(language, fence(ladderText(ladder))),
    ...(doubtful ? [DOUBT[language]] : []),
  );
}

/** What a question mark behind a state means; see `Certainty`. */
const DOUBT = text(
  'A state with a question mark is in doubt: the segment that brings it about was sent again, and this capture does not show whether the first one arrived.',
  '带问号的状态存疑：引起它的报文段被重发过，仅凭这份抓包看不出第一次是否到达。',
);

/** Snapshots in netstat's columns, one table for each moment. */
export function netstatSection(
  evidence: Evidence,
  moments: readonly { readonly label: string; readonly title: Text }[],
  language: Language,
  concerns: (row: SocketRow) => boolean = () => true,
): string {
  const tables = moments.flatMap(({ label, title }) => {
    const snapshots = evidence.sockets.flatMap(({ record }) =>
      record.kind === 'snapshot' && record.label === label ? [record] : [],
    );
    if (snapshots.length === 0) return [];
    const rows = snapshots.flatMap(({ host, rows: all }) =>
      all.filter(concerns).map((row) => [plain(host), ...netstatCells(row).map(plain)]),
    );
    const head = [language === 'en' ? 'host' : '主机', ...NETSTAT_COLUMNS];
    const empty = language === 'en' ? '*(no socket on any host)*' : '*（各主机均无套接字）*';
    return [`**${title[language]}**`, rows.length === 0 ? empty : table(head, rows, [2, 3])];
  });
  return paragraphs(...tables);
}

/** A packet of the protocol, byte by byte with its fields beside it. `file` is the capture that its frames are of. */
export function packetSection(
  protocol: Protocol,
  packet: WirePacket,
  file: string,
  language: Language,
): string {
  const { message, bytes, frames, offset } = packet;
  const speaker = packet.side === 0 ? 'client' : 'server';
  const { spans } = annotate(protocol, speaker, bytes, stateOf(message.type));
  const number = protocol.numbersRequests ? ` #${message.request}` : '';
  const name = `${message.type}${number}`;
  const where =
    language === 'en'
      ? `${file}, ${frames.length === 1 ? 'frame' : 'frames'} ${ranges(frames)}, stream offset ${offset}, ${bytes.length} bytes`
      : `${file} 第 ${ranges(frames)} 帧，流偏移 ${offset}，${bytes.length} 字节`;
  const at = language === 'en' ? ` (${where})` : `（${where}）`;
  return `**${plain(name)}**${at}\n\n${fence(hexdump(bytes, { fields: spans }))}`;
}
