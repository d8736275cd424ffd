/** One change of a socket's state, as the kernel's tracepoint tells it. */
export interface Transition {
  readonly atUs: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly from: string;
  readonly to: string;
}

const LINE =
  /\s(\d+)\.(\d{6}): inet_sock_set_state: family=(\w+) protocol=IPPROTO_TCP sport=(\d+) dport=(\d+) saddr=(\S+) daddr=(\S+) saddrv6=(\S+) daddrv6=(\S+) oldstate=TCP_(\w+) newstate=TCP_(\w+)/;

/** A line of trace_pipe; undefined for any other. `offsetUs` makes its clock ours. */
export function parseTransition(line: string, offsetUs: number): Transition | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [, seconds = '', micros = '', family = '', sport, dport, saddr = '', daddr = '', s6 = '', d6 = ''] =
    match;
  const [from = '', to = ''] = match.slice(10);
  const v6 = family === 'AF_INET6' && !s6.startsWith('::ffff:');
  return {
    atUs: Number(seconds) * 1e6 + Number(micros) + offsetUs,
    localAddress: v6 ? s6 : saddr,
    localPort: Number(sport),
    remoteAddress: v6 ? d6 : daddr,
    remotePort: Number(dport),
    from: from,
    to: to,
  };
}
