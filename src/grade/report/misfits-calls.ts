/** What the programs say that they did, against what their host's capture has. */
import { type AppRecord, type Evidence, type Line, packetsOf, type Text, text } from '../../check/index.ts';
import type { Connection } from '../../tcp/index.ts';

type Of<K extends AppRecord['kind']> = Line<Extract<AppRecord, { kind: K }>>;

const BEFORE_US = 130_000_000;
const AFTER_US = 50_000;

export function callMisfits(evidence: Evidence): Text[] {
  const { calls, captures } = evidence;
  const lossless = captures.filter(({ dropped }) => dropped === 0);
  return lossless.flatMap((capture) => {
    const { host, file } = capture;
    const connects = calls.filter(
      (line): line is Of<'connected'> => line.record.kind === 'connected' && line.record.host === host,
    );
    return connects.flatMap(({ line, record }): Text[] => {
      // A connection to one's own host does not pass the interface that is captured.
      if (record.local.address === record.remote.address) return [];
      const candidates = capture.analysis.connections.filter(
        ({ initiator, responder }) =>
          initiator.port === record.local.port && responder.port === record.remote.port,
      );
      const connection = candidates.findLast(
        ({ firstNs }) => capture.atUs(firstNs) <= record.atUs + AFTER_US,
      );
      const name = `${record.local.port} → ${record.remote.port}`;
      if (connection === undefined || record.atUs - capture.atUs(connection.firstNs) > BEFORE_US) {
        return [
          text(
            `line ${line} of calls.jsonl: ${record.process} connected ${name}, and ${file} has no such connection before it`,
            `calls.jsonl 第 ${line} 行：${record.process} 建立了连接 ${name}，而 ${file} 中在此之前没有这条连接`,
          ),
        ];
      }
      return packetMisfits(evidence, file, record.process, candidates, connection);
    });
  });
}

/** Each packet that a program says it received is in its host's capture, at that place of the stream. */
function packetMisfits(
  { calls, protocol }: Evidence,
  file: string,
  process: string,
  candidates: readonly Connection[],
  connection: Connection,
): Text[] {
  // Ports that were used again leave open which connection a record is about.
  if (candidates.length > 1) return [];
  const { port } = connection.initiator;
  const told = calls.filter(
    (line): line is Of<'packet'> =>
      line.record.kind === 'packet' &&
      line.record.process === process &&
      line.record.connection === port &&
      line.record.direction === 'received',
  );
  if (told.length === 0 || connection.directions[1].gaps.length > 0) return [];
  const length = connection.directions[1].streamLength;
  const types = new Map(
    packetsOf(connection, 1, protocol).packets.map((packet) => [packet.offset, packet.message.type]),
  );
  return told.flatMap(({ line, record }): Text[] => {
    if (record.offset + record.bytes > length) {
      return [
        text(
          `line ${line} of calls.jsonl: ${process} received bytes up to ${record.offset + record.bytes}, ${file} has ${length} for it`,
          `calls.jsonl 第 ${line} 行：${process} 收到了直到 ${record.offset + record.bytes} 的字节，而 ${file} 中只有 ${length} 个`,
        ),
      ];
    }
    const type = types.get(record.offset);
    if (!protocol.numbersRequests || type === undefined || type === record.type) return [];
    return [
      text(
        `line ${line} of calls.jsonl: ${process} received ${record.type} at offset ${record.offset}, ${file} has ${type} there`,
        `calls.jsonl 第 ${line} 行：${process} 在偏移 ${record.offset} 处收到 ${record.type}，而 ${file} 中该处是 ${type}`,
      ),
    ];
  });
}
