/** What the captures of one run say against each other, and against tcpdump's own count. */
import { type Evidence, type HostCapture, type Text, text } from '../../check/index.ts';
import { type Connection, formatEndpoint } from '../../tcp/index.ts';

/** Both hosts share the machine's clock: a segment passes the second interface behind the first, and soon. */
const EARLY_US = 50_000;
const LATE_US = 5_000_000;

export function captureMisfits(evidence: Evidence): Text[] {
  const counts = evidence.captures.flatMap(({ host, file, analysis }) => {
    const captured = evidence.manifest.hosts.find(({ name }) => name === host)?.capture?.captured;
    if (captured === undefined || captured === analysis.packets) return [];
    return [
      text(
        `${file} has ${analysis.packets} packets, tcpdump wrote ${captured}`,
        `${file} 有 ${analysis.packets} 个分组，而 tcpdump 写入了 ${captured} 个`,
      ),
    ];
  });
  const whole = evidence.captures.every(({ dropped }) => dropped === 0);
  return whole
    ? [...counts, ...evidence.captures.flatMap((capture) => pairMisfits(evidence, capture))]
    : counts;
}

export const pairName = ({ initiator, responder }: Connection): string =>
  `${formatEndpoint(initiator)} → ${formatEndpoint(responder)}`;

/** Every connection that was opened across the cable is in both ends' captures, with the same numbers. */
function pairMisfits({ manifest, captures }: Evidence, here: HostCapture): Text[] {
  const address = manifest.hosts.find(({ name }) => name === here.host)?.address;
  return here.analysis.connections.flatMap((connection): Text[] => {
    // Told once, from the side of who opened it.
    if (connection.initiator.address !== address) return [];
    const other = manifest.hosts.find((host) => host.address === connection.responder.address);
    const there = captures.find(({ host }) => host === other?.name);
    if (other === undefined || there === undefined || there === here) return [];
    const named = there.analysis.connections.filter((each) => pairName(each) === pairName(connection));
    // A handshake that is not whole may have got lost on the way, and its ports may have been used again.
    const whole = [connection, ...(named.length === 1 ? named : [])].some(
      ({ handshake }) => handshake.complete,
    );
    if (!whole) return [];
    const twin = named.find((each) => isns(each) === isns(connection));
    const name = pairName(connection);
    if (twin === undefined) {
      return [
        named.length === 0
          ? text(
              `${name} is in ${here.file} and not in ${there.file}`,
              `${name} 在 ${here.file} 中，却不在 ${there.file} 中`,
            )
          : text(
              `${name} has other initial sequence numbers in ${here.file} than in ${there.file}`,
              `${name} 在 ${here.file} 与 ${there.file} 中的初始序号不同`,
            ),
      ];
    }
    return [...delayMisfit(here, connection, there, twin), ...byteMisfit(here, connection, there, twin)];
  });
}

const isns = ({ directions }: Connection): string => directions.map(({ baseSeq }) => baseSeq).join();

function delayMisfit(here: HostCapture, a: Connection, there: HostCapture, b: Connection): Text[] {
  const delayUs = there.atUs(b.firstNs) - here.atUs(a.firstNs);
  if (delayUs > -EARLY_US && delayUs < LATE_US) return [];
  const ms = (delayUs / 1000).toFixed(0);
  return [
    text(
      `the SYN of ${pairName(a)} is in ${there.file} ${ms} ms after it is in ${here.file}`,
      `${pairName(a)} 的 SYN 在 ${there.file} 中比在 ${here.file} 中晚 ${ms} 毫秒`,
    ),
  ];
}

/** What one end sent the other received: where both captures have a byte of the stream, it is the same. */
function byteMisfit(here: HostCapture, a: Connection, there: HostCapture, b: Connection): Text[] {
  return ([0, 1] as const).flatMap((side): Text[] => {
    const [one, two] = [a.directions[side], b.directions[side]];
    if (one.gaps.length + two.gaps.length > 0) return [];
    const [x, y] = [one.streamBytes().bytes, two.streamBytes().bytes];
    const shared = Math.min(x.length, y.length);
    const at = x.subarray(0, shared).findIndex((byte, index) => byte !== y[index]);
    if (at === -1) return [];
    return [
      text(
        `byte ${at} of ${pairName(a)} (${side === 0 ? 'from' : 'to'} its client) differs in ${here.file} and ${there.file}`,
        `${pairName(a)} ${side === 0 ? '客户端发出' : '客户端收到'}的第 ${at} 字节在 ${here.file} 与 ${there.file} 中不同`,
      ),
    ];
  });
}
