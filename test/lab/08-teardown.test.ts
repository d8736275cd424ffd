import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readEvidence } from '../../src/check/evidence.ts';
import { findProgram } from '../../src/host/programs.ts';
import { statesAreTheTracepoints } from '../helpers/kernel-path.ts';
import {
  editFrame,
  framesAcknowledging,
  framesWithFlags,
  labSuite,
  otherState,
  someLost,
} from '../helpers/lab-suite.ts';
import { EvidenceFiles } from './evidence-files.ts';

const tshark = findProgram('tshark') === undefined ? ' (skipped: tshark is not installed)' : '';
const FIN_ACK = 17;
const RST_ACK = 20;

await labSuite({
  lab: '08-teardown',
  forgeries: [
    someLost,
    {
      name: 'do not believe a capture in which the FIN is acknowledged elsewhere',
      change: (files) => {
        // The first of the four closes: nothing covers its first FIN any more, be it in three segments or in four.
        const [first = 0] = framesWithFlags(files, 'server.pcap', FIN_ACK);
        for (const frame of framesAcknowledging(files, 'server.pcap', first)) {
          editFrame(files, 'server.pcap', frame, (bytes, at) => {
            bytes.writeUInt32BE(bytes.readUInt32BE(at + 8) - 1, at + 8);
          });
        }
      },
      verdicts: { shape: 'ungradable' },
    },
    {
      name: 'find a line that the client never read',
      change: (files) => {
        let left = 1;
        return files.lines('calls.jsonl', (record) => {
          const last = (record['fields'] as { total?: number } | undefined)?.total === 84;
          return record['event'] === 'data' && last && left-- > 0 ? undefined : record;
        });
      },
      verdicts: { 'half-close': 'fail' },
    },
    {
      name: 'find a RST that is a FIN',
      change: (files) => {
        const [frame = 0] = framesWithFlags(files, 'server.pcap', RST_ACK);
        editFrame(files, 'server.pcap', frame, (bytes, at) => bytes.writeUInt8(FIN_ACK, at + 13));
      },
      verdicts: { reset: 'fail' },
    },
    otherState(
      'do not prefer one witness when kernel and packets disagree',
      'later over',
      'TIME_WAIT',
      'FIN_WAIT2',
      { states: 'ungradable' },
      'client',
    ),
  ],
  more: (directory) => {
    test.skipIf(tshark !== '')(
      `tshark sees the same FINs and the RST in the same frames${tshark}`,
      async () => {
        const { stdout } = await execa('tshark', [
          ...['-r', join(directory, 'client.pcap'), '-Y', 'tcp.flags.fin == 1 || tcp.flags.reset == 1'],
          ...['-T', 'fields', '-e', 'frame.number'],
        ]);
        const evidence = readEvidence(new EvidenceFiles(directory).files, directory);
        const { connections } = evidence.captures.find(({ host }) => host === 'client')?.analysis ?? {
          connections: [],
        };
        const own = connections.flatMap(({ close }) =>
          [...close.fins, ...close.resets].map(({ frame }) => frame),
        );
        expect(stdout.split('\n').map(Number)).toEqual(own.sort((a, b) => a - b));
      },
    );

    test('the states that the packets give both ends are those of the kernel’s tracepoint, one by one', ({
      skip,
    }) => {
      statesAreTheTracepoints(directory, skip);
    });
  },
});
