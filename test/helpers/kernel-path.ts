import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { analyse, type Connection, endsAfter, netstatState, type Side } from '../../src/tcp/index.ts';

interface Transition {
  readonly host: string;
  readonly localPort: number;
  readonly remotePort: number;
  readonly from: string;
  readonly to: string;
}

/**
 * The states of one end as its packets show them, in the words of `sock:inet_sock_set_state`. Where the two differ by
 * nature: TIME_WAIT is another kind of socket, so the tracepoint says CLOSE; and a FIN that also acknowledges ours takes
 * the kernel through FIN_WAIT2 on its way there, for microseconds.
 */
function pathByPackets(connection: Connection, side: Side): string[] {
  const path = [side === 0 ? 'SYN_SENT' : 'LISTEN'];
  const step = (state: string): void => {
    if (path.at(-1) !== state) path.push(state);
  };
  for (const segment of connection.segments) {
    const state = netstatState(endsAfter(segment)[side].state);
    if (state === 'TIME_WAIT') {
      if (path.at(-1) === 'FIN_WAIT1') step('FIN_WAIT2');
      step('CLOSE');
    } else step(state);
  }
  return path;
}

/** Compares, for every connection of a run, both ends' states by packets with the kernel's own record of its changes. */
export function statesAreTheTracepoints(directory: string, skip: (why: string) => never): void {
  const file = join(directory, 'transitions.jsonl');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text === '') skip('the tracepoint cannot be had here');
  const transitions = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Transition);
  const { connections } = analyse(readFileSync(join(directory, 'client.pcap')));
  expect(connections).not.toEqual([]);
  for (const connection of connections) {
    for (const side of [0, 1] as const) {
      const [here, there] = [connection.endpoint(side).port, connection.endpoint(side === 0 ? 1 : 0).port];
      const host = side === 0 ? 'client' : 'server';
      const own = transitions.filter(
        (each) => each.host === host && each.localPort === here && each.remotePort === there,
      );
      const byKernel = [own[0]?.from ?? 'nothing', ...own.map(({ to }) => to)];
      expect({ host, here, path: pathByPackets(connection, side) }).toEqual({ host, here, path: byKernel });
    }
  }
}
