/** A capture read by a protocol's dissector: in tshark where it is installed, else by the kit's own interpreter. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hexdump, KitError } from '../bytes/index.ts';
import { inLanguage, type Language, packetsOf, text } from '../check/index.ts';
import { findProgram, mustExec } from '../host/index.ts';
import { annotate, dissector, type Protocol, stateOf } from '../wire/index.ts';
import { displayedAs } from './mime.ts';
import type { TraceView } from './trace-view.ts';

export async function dissected(protocol: Protocol, view: TraceView, language: Language): Promise<object> {
  const tshark = findProgram('tshark') !== undefined && view.file !== undefined;
  const shown = tshark
    ? `tshark -X lua_script:${protocol.name}.lua -O ${protocol.name}\n\n${await inTshark(protocol, view)}`
    : `${inLanguage(OWN, language)}\n\n${annotated(protocol, view)}`;
  return displayedAs({ text: shown }, () => ({ 'text/plain': shown }));
}

const OWN = text(
  'tshark is not installed here; this is the kit’s own reading of the same description.',
  '这里没有安装 tshark；以下是工具包自己按同一份描述的解读。',
);

/** Wireshark without its window: the packets of this protocol, field by field. */
async function inTshark(protocol: Protocol, view: TraceView): Promise<string> {
  const port = view.connections[0]?.responder.port;
  if (view.file === undefined || port === undefined) {
    throw new KitError(
      'no-connection',
      text('there is no connection in this capture', '这次抓包中没有连接'),
      {
        fault: 'usage',
      },
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'dissector-'));
  try {
    const script = join(folder, `${protocol.name}.lua`);
    writeFileSync(script, dissector(protocol.description));
    const { name } = protocol;
    const printed = await mustExec(
      [],
      [
        ...['tshark', '-r', view.file, '-X', `lua_script:${script}`],
        ...['-d', `tcp.port==${port},${name}`, '-O', name, '-Y', name],
      ],
    );
    return printed.trimEnd();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The packets of the first connection, in the order of their frames, each byte with the name of its field. */
function annotated(protocol: Protocol, view: TraceView): string {
  const [first] = view.connections;
  if (first === undefined) return '';
  const packets = ([0, 1] as const).flatMap((side) => packetsOf(first, side, protocol).packets);
  return packets
    .sort((a, b) => a.atNs - b.atNs)
    .map(({ side, message, bytes, frames }) => {
      const { spans } = annotate(protocol, side === 0 ? 'client' : 'server', bytes, stateOf(message.type));
      return `frame ${frames.join(' ')}\n${hexdump(bytes, { fields: spans })}`;
    })
    .join('\n\n');
}
