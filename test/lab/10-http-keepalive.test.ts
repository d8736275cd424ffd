import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readEvidence } from '../../src/check/evidence.ts';
import { findProgram } from '../../src/host/programs.ts';
import { labSuite, otherState, printedElse, someLost } from '../helpers/lab-suite.ts';
import { EvidenceFiles } from './evidence-files.ts';

const missing = ['nginx', 'curl'].filter((name) => findProgram(name) === undefined);
const skip = missing.length === 0 ? '' : `not installed: ${missing.join(', ')}`;
const tshark = findProgram('tshark') === undefined ? ' (skipped: tshark is not installed)' : '';

await labSuite({
  lab: '10-http-keepalive',
  skip,
  forgeries: [
    someLost,
    printedElse('find a page that came short', 'curl-together', /^200 \d+/, '200 17', { answers: 'fail' }),
    printedElse('find a write that nginx did not make', 'nginx', /\*1 sendfile: \d+ of/, '*1 sent: of', {
      segments: 'fail',
    }),
    printedElse(
      'find an end that nginx tells otherwise',
      'nginx',
      /\*2 close http connection.*/,
      '*2 client 10.77.0.2 closed keepalive connection',
      { closes: 'fail' },
    ),
    otherState(
      'do not prefer one witness when kernel and packets disagree',
      'server-closes given up',
      'CLOSE_WAIT',
      'ESTABLISHED',
      { states: 'ungradable' },
      'client',
    ),
  ],
  more: (directory) => {
    test.skipIf(tshark !== '')(`tshark sees the answers end in the same frames${tshark}`, async () => {
      const { stdout } = await execa('tshark', [
        ...['-r', join(directory, 'server.pcap'), '-d', 'tcp.port==1-65535,http', '-Y', 'http.response'],
        ...['-T', 'fields', '-e', 'frame.number'],
      ]);
      const evidence = readEvidence(new EvidenceFiles(directory).files, directory);
      const { connections } = evidence.captures.find(({ host }) => host === 'server')?.analysis ?? {
        connections: [],
      };
      const own = connections.flatMap(({ messages }) =>
        messages.filter(({ side }) => side === 1).map(({ frames }) => frames.at(-1)),
      );
      expect(own).toHaveLength(4);
      expect(stdout.split('\n').map(Number)).toEqual(own);
    });
  },
});
