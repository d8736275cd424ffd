import { Buffer } from 'node:buffer';
import { labSuite, otherState, someLost } from '../helpers/lab-suite.ts';
import type { EvidenceFiles } from './evidence-files.ts';

/** Changes bytes in a capture, wherever they stand, without changing a length. */
function replaceIn(files: EvidenceFiles, file: string, from: string, to: string): void {
  const bytes = Buffer.from(files.bytes(file));
  const at = bytes.indexOf(from, 0, 'latin1');
  if (at < 0 || from.length !== to.length) throw new Error(`${file} has no ${from}`);
  bytes.write(to, at, 'latin1');
  files.set(file, bytes);
}

await labSuite({
  lab: '02-commands',
  forgeries: [
    someLost,
    {
      name: 'find a program that got another time than the packet says',
      change: (files) =>
        files.lines('calls.jsonl', (record) =>
          record['kind'] === 'return' && record['operation'] === 'time'
            ? { ...record, value: Number(record['value']) + 1 }
            : record,
        ),
      verdicts: { answers: 'fail' },
    },
    otherState(
      'find a client in the list that the kernel does not know as connected',
      'both connected',
      'ESTABLISHED',
      'TIME_WAIT',
      { list: 'fail' },
      'server',
    ),
    {
      name: 'find a text that was changed on its way',
      change: (files) => replaceIn(files, 'friend.pcap', ' says ', ' sayd '),
      verdicts: { way: 'fail' },
    },
    {
      name: 'find an error that the program was not told',
      change: (files) =>
        files.lines('calls.jsonl', (record) =>
          record['kind'] === 'throw' ? { ...record, code: 'idle' } : record,
        ),
      verdicts: { unknown: 'fail' },
    },
    {
      name: 'cannot name the bytes of packets that are not in the captures',
      change: (files) =>
        files.manifest((manifest) => {
          manifest.phases = manifest.phases.filter(({ id }) => id !== 'name');
        }),
      verdicts: { marked: 'ungradable', answers: 'ungradable' },
    },
  ],
});
