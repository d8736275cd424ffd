/** What each witness says about a check that failed, in a line: our calls, the wire, the server's kernel. */
import { text, type Text } from '../../check/index.ts';
import { type Connection, FLAG, ladderOf, ladderText, type Segment, type Side } from '../../tcp/index.ts';
import { howItEnded } from './program-end.ts';
import type { PeerFacts, ServerFacts } from './orders.ts';

const LADDER = { head: 5, tail: 9 };
/** A text of a thousand letters in a packet says no more of the failure than its beginning. */
const WIDEST = 160;

/** The ladder of a connection that something failed on: how it began, and the end. */
export const drawn = (connection: Connection, roles: readonly [string, string]): string =>
  ladderText(ladderOf(connection, { elide: LADDER, roles }))
    .split('\n')
    .map((line) => (line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line))
    .join('\n');

export function applicationLine({ name, clientPort, sent, received, ended }: PeerFacts): Text {
  const flag = ended === null ? undefined : ended.toUpperCase();
  return text(
    `our calls: ${name} (port ${clientPort}) wrote ${sent} bytes and read ${received}; ${flag === undefined ? 'the server has not ended the connection' : `then came ${flag}`}`,
    `我们的调用：${name}（端口 ${clientPort}）写了 ${sent} 字节，读到 ${received} 字节；${flag === undefined ? '服务器没有结束连接' : `随后收到 ${flag}`}`,
  );
}

const plural = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

export function kernelLine({ end, listening, unaccepted, socket, threads, busy }: ServerFacts): Text {
  if (end !== null) {
    const how = howItEnded(end);
    return text(`kernel: the process has ended (${how.en})`, `内核：进程已结束（${how.zh}）`);
  }
  const own =
    socket === null
      ? text('the server has no socket for this client', '服务器没有该客户端的套接字')
      : text(
          `the server’s socket is ${socket.state}, ${socket.unread} bytes unread (Recv-Q), ${socket.unsent} not acknowledged (Send-Q)`,
          `服务器的套接字为 ${socket.state}，未读 ${socket.unread} 字节（Recv-Q），未确认 ${socket.unsent} 字节（Send-Q）`,
        );
  const queue = listening
    ? text(
        `${plural(unaccepted, 'connection waits', 'connections wait')} for accept`,
        `${unaccepted} 个连接等待 accept`,
      )
    : text('nothing listens', '没有监听');
  const run = busy ? text('running', '在运行') : text('all asleep', '全部休眠');
  return text(
    `kernel: ${own.en}; ${queue.en}; ${plural(threads, 'thread', 'threads')}, ${run.en}`,
    `内核：${own.zh}；${queue.zh}；${threads} 个线程，${run.zh}`,
  );
}

/** Who is graded, and which side of the connection that is. */
export interface Subject {
  readonly side: Side;
  readonly name: Text;
}
export const SERVER: Subject = { side: 1, name: text('the server', '服务器') };

/** The frames that matter: the last bytes to the subject and whether they arrived, the last from it, and how it ended. */
export function wireStory(
  { segments }: Connection,
  { side: own, name }: Subject,
): { line: Text; frames: number[] } {
  const last = (fits: (segment: Segment) => boolean): Segment | undefined => segments.findLast(fits);
  const asked = last(({ side, payloadLength }) => side !== own && payloadLength > 0);
  const end = asked === undefined ? 0 : asked.relSeq + asked.payloadLength;
  const acknowledged =
    asked === undefined
      ? undefined
      : segments.find(({ side, frame, relAck }) => side === own && frame > asked.frame && relAck >= end);
  const told = last(({ side, payloadLength }) => side === own && payloadLength > 0);
  const ending = segments.find(({ side, flags }) => side === own && (flags & (FLAG.fin | FLAG.rst)) !== 0);
  const parts: Text[] = [];
  if (asked === undefined) parts.push(text(`no bytes to ${name.en}`, `没有发往${name.zh}的数据`));
  else
    parts.push(
      acknowledged === undefined
        ? text(
            `frame ${asked.frame} carries the last bytes to ${name.en}, never acknowledged`,
            `第 ${asked.frame} 帧是发往${name.zh}的最后数据，未被确认`,
          )
        : text(
            `frame ${asked.frame} carries the last bytes to ${name.en}, frame ${acknowledged.frame} acknowledges them`,
            `第 ${asked.frame} 帧是发往${name.zh}的最后数据，第 ${acknowledged.frame} 帧确认`,
          ),
    );
  parts.push(
    told === undefined
      ? text('no bytes from it', `${name.zh}没有发出数据`)
      : text(`frame ${told.frame} carries the last from it`, `第 ${told.frame} 帧是${name.zh}最后的数据`),
  );
  if (ending !== undefined) {
    const flag = (ending.flags & FLAG.rst) !== 0 ? 'RST' : 'FIN';
    parts.push(text(`its ${flag} is frame ${ending.frame}`, `${name.zh}的 ${flag} 是第 ${ending.frame} 帧`));
  }
  const cited = [asked, acknowledged, told, ending].flatMap((segment) =>
    segment === undefined ? [] : [segment.frame],
  );
  return {
    line: text(
      `wire: ${parts.map(({ en }) => en).join('; ')}`,
      `网络：${parts.map(({ zh }) => zh).join('；')}`,
    ),
    frames: [...new Set(cited)].sort((a, b) => a - b),
  };
}
