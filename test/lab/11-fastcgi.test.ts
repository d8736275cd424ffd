import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readEvidence } from '../../src/check/evidence.ts';
import { findProgram } from '../../src/host/programs.ts';
import { labSuite, otherState, printedElse, someLost } from '../helpers/lab-suite.ts';
import { EvidenceFiles } from './evidence-files.ts';

const missing = ['nginx', 'php-fpm', 'curl'].filter((name) => findProgram(name) === undefined);
const skip = missing.length === 0 ? '' : `not installed: ${missing.join(', ')}`;
const tshark = findProgram('tshark') === undefined ? ' (skipped: tshark is not installed)' : '';

/** Changes bytes behind the first place where these bytes stand in the capture. */
function poke(files: EvidenceFiles, find: string | Buffer, behind: number, value: number): void {
  const bytes = Buffer.from(files.bytes('machine.pcap'));
  const at = bytes.indexOf(find);
  if (at < 0) throw new Error('not in the capture');
  bytes.writeUInt8(value, at + behind);
  files.set('machine.pcap', bytes);
}

/** The header and role of a BEGIN_REQUEST (FastCGI 1.0, section 5.1), up to its flags. */
const BEGIN = Buffer.from([1, 1, 0, 1, 0, 8, 0, 0, 0, 1]);

await labSuite({
  lab: '11-fastcgi',
  skip,
  forgeries: [
    someLost,
    {
      name: 'find an answer without its end',
      // The record's type: END_REQUEST becomes an ABORT_REQUEST.
      change: (files) => poke(files, Buffer.from([1, 3, 0, 1, 0, 8, 0, 0]), 1, 2),
      verdicts: { records: 'fail' },
    },
    {
      name: 'find another method in the parameters',
      change: (files) => poke(files, 'REQUEST_METHODGET', 'REQUEST_METHOD'.length, 0x50),
      verdicts: { parameters: 'fail' },
    },
    printedElse('find a log line that nginx did not get', 'nginx', /PHP message: line 2 for/, 'line 2 for', {
      'log-lines': 'fail',
    }),
    printedElse('find a page that curl printed otherwise', 'curl-kept-2', /hello/, 'bye', {
      answers: 'fail',
    }),
    {
      name: 'find a connection that was to be kept and was not',
      change: (files) => poke(files, BEGIN, BEGIN.length, 1),
      verdicts: { closes: 'fail' },
    },
    otherState(
      'do not prefer one witness when kernel and packets disagree',
      'kept-1 answered',
      'ESTABLISHED',
      'CLOSE_WAIT',
      { states: 'ungradable' },
    ),
  ],
  more: (directory) => {
    test.skipIf(tshark !== '')(`tshark sees the same records in the same frames${tshark}`, async () => {
      const evidence = readEvidence(new EvidenceFiles(directory).files, directory);
      const { connections } = evidence.captures[0]?.analysis ?? { connections: [] };
      const ours = connections.filter(({ protocol }) => protocol === 'FastCGI');
      const port = ours[0]?.responder.port ?? 0;
      const { stdout } = await execa('tshark', [
        ...['-r', join(directory, 'machine.pcap'), '-d', `tcp.port==${port},fcgi`, '-Y', 'fcgi'],
        ...['-T', 'fields', '-e', 'frame.number', '-e', 'fcgi.type', '-e', 'fcgi.content.length'],
      ]);
      const own = new Map<number, { types: number[]; lengths: string[] }>();
      for (const { messages } of ours)
        for (const { frames, fields } of messages) {
          const value = (label: string): string => fields.find((field) => field.label === label)?.value ?? '';
          const record = own.get(frames.at(-1) ?? 0) ?? { types: [], lengths: [] };
          record.types.push(Number.parseInt(value('type'), 10));
          record.lengths.push(value('content length'));
          own.set(frames.at(-1) ?? 0, record);
        }
      expect(own.size).toBe(6);
      const lines = [...own]
        .sort(([a], [b]) => a - b)
        .map(([frame, { types, lengths }]) => [frame, types.join(), lengths.join()].join('\t'));
      expect(stdout.split('\n')).toEqual(lines);
    });
  },
});
