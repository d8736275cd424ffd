/** What the kernel's tables showed, against what the captures have. */
import { type Evidence, type HostCapture, type SocketRow, type Text, text } from '../../check/index.ts';
import { type Connection, FLAG } from '../../tcp/index.ts';
import { pairName } from './misfits-captures.ts';

/** Rows are noted when they change and once a second, so whoever lives longer than this is seen. */
const SURELY_SEEN_US = 3_000_000;

export function kernelMisfits(evidence: Evidence): Text[] {
  return evidence.captures
    .filter(({ dropped }) => dropped === 0)
    .flatMap((capture) => [...withoutPackets(evidence, capture), ...withoutSocket(evidence, capture)]);
}

function rowsOf(evidence: Evidence, host: string): { line: number; row: SocketRow }[] {
  return evidence.sockets.flatMap(({ line, record }) => {
    if (record.kind === 'gap' || record.host !== host) return [];
    if (record.kind !== 'change') return record.rows.map((row) => ({ line, row }));
    return record.change === 'gone' ? [] : [{ line, row: record.row }];
  });
}

const bare = (address: string): string => address.replace(/^::ffff:/, '');
const key = (a: string, b: string, c: number, d: number): string => `${bare(a)} ${bare(b)} ${c} ${d}`;

/** An ESTABLISHED socket of two hosts, of which no packet passed. */
function withoutPackets(evidence: Evidence, { host, file, analysis }: HostCapture): Text[] {
  const addresses = new Set(evidence.manifest.hosts.map(({ address }) => address));
  const known = new Set(
    analysis.connections.flatMap(({ initiator: a, responder: b }) => [
      key(a.address, b.address, a.port, b.port),
      key(b.address, a.address, b.port, a.port),
    ]),
  );
  const told = new Set<string>();
  return rowsOf(evidence, host).flatMap(({ line, row }): Text[] => {
    const { localAddress, remoteAddress, localPort, remotePort, state } = row;
    const ours = addresses.has(bare(localAddress)) && addresses.has(bare(remoteAddress));
    if (state !== 'ESTABLISHED' || !ours || bare(localAddress) === bare(remoteAddress)) return [];
    const name = key(localAddress, remoteAddress, localPort, remotePort);
    if (known.has(name) || told.has(name)) return [];
    told.add(name);
    return [
      text(
        `line ${line} of sockets.jsonl: ${host} has ${localPort} ↔ ${remotePort} ESTABLISHED, and no packet of it is in ${file}`,
        `sockets.jsonl 第 ${line} 行：${host} 的 ${localPort} ↔ ${remotePort} 处于 ESTABLISHED，而 ${file} 中没有它的分组`,
      ),
    ];
  });
}

/** A connection that stood for seconds, and whose socket the kernel never had. */
function withoutSocket(evidence: Evidence, { host, file, analysis, atUs }: HostCapture): Text[] {
  const { sampler } = evidence.manifest;
  if (sampler === null) return [];
  const boundUs = Math.max(SURELY_SEEN_US, 3 * sampler.maxIntervalMs * 1000);
  const rows = rowsOf(evidence, host);
  const seen = new Set(rows.map(({ row }) => `${row.localPort} ${row.remotePort}`));
  return analysis.connections.flatMap((connection): Text[] => {
    const { initiator: a, responder: b } = connection;
    const lived = openNs(connection);
    if (lived === undefined || atUs(lived.until) - atUs(lived.from) < boundUs) return [];
    if (seen.has(`${a.port} ${b.port}`) || seen.has(`${b.port} ${a.port}`)) return [];
    return [
      text(
        `${pairName(connection)} stands in ${file} for seconds, and the kernel of ${host} never had its socket`,
        `${pairName(connection)} 在 ${file} 中持续数秒，而 ${host} 的内核中从未有过它的套接字`,
      ),
    ];
  });
}

/** From the end of the handshake to the first FIN or RST. */
function openNs({ handshake, segments }: Connection): { from: number; until: number } | undefined {
  if (!handshake.complete) return undefined;
  const from = segments.find(({ frame }) => frame === handshake.ack)?.atNs;
  const end = segments.find(({ flags }) => flags & (FLAG.fin | FLAG.rst)) ?? segments.at(-1);
  return from === undefined || end === undefined ? undefined : { from, until: end.atNs };
}
