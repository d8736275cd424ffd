/** The states that we derive from the wire, held against those that the kernel gives its own sockets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { analyse, endsAfter, epochUs, netstatState } from '../../src/tcp/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { record, whyNoScenes } from './scenes.ts';

/** Numbers of include/net/tcp_states.h, as netstat names them. */
const KERNEL: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECV',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '06': 'TIME_WAIT',
  '07': 'CLOSE',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0A': 'LISTEN',
  '0B': 'CLOSING',
};

const whyNot = whyNoScenes();
for (const scene of [
  'half-close',
  'simultaneous-close',
  'simultaneous-open',
  'reset',
  'fin-never-leaves',
] as const) {
  testUnless(
    whyNot,
    `${scene}: both ends are in the states that we say`,
    () => {
      const file = join(tempFolder(), 'scene.pcap');
      const samples = record(scene, file);
      const { connections, epochNs = 0n } = analyse(readFileSync(file));
      const [connection] = connections;
      if (connection === undefined) throw new Error('no connection in the capture');
      expect(samples.length).toBeGreaterThan(0);
      for (const { us, rows } of samples) {
        const last = connection.segments.findLast(({ atNs }) => epochUs(epochNs, atNs) < us);
        if (last === undefined) throw new Error('a sample before the first segment');
        const ours = endsAfter(last).map(({ state }) => netstatState(state));
        const kernel = ([0, 1] as const).map((side) => {
          const local = connection.endpoint(side).port;
          const remote = connection.endpoint(side === 0 ? 1 : 0).port;
          const row = rows.find((each) => each.local === local && each.remote === remote);
          // A closed socket has no row.
          return row === undefined ? 'CLOSE' : KERNEL[row.state];
        });
        expect(ours, `after frame ${last.frame}`).toEqual(kernel);
      }
    },
    60_000,
  );
}
