import { editFrame, framesWithFlags, labSuite, someLost } from '../helpers/lab-suite.ts';
import type { EvidenceFiles } from './evidence-files.ts';

const ACK = 16;

const timers = (files: EvidenceFiles, from: string, to: string): EvidenceFiles =>
  files.lines(
    'sockets.jsonl',
    (record) =>
      JSON.parse(JSON.stringify(record).replaceAll(`"timer":"${from}"`, `"timer":"${to}"`)) as typeof record,
  );

await labSuite({
  lab: '14-zero-window',
  forgeries: [
    someLost,
    {
      name: 'do not believe a queue that is not what was acknowledged',
      change: (files) =>
        files.lines('sockets.jsonl', (record) => {
          if (record['kind'] !== 'snapshot' || record['label'] !== 'closed') return record;
          const rows = record['rows'] as { receiveQueueBytes: number }[];
          return {
            ...record,
            rows: rows.map((row) => ({ ...row, receiveQueueBytes: row.receiveQueueBytes + 1 })),
          };
        }),
      verdicts: { closes: 'ungradable' },
    },
    {
      name: 'find probes of the wrong timer',
      change: (files) => timers(files, 'persist', 'retransmit'),
      verdicts: { probes: 'fail', alike: 'fail' },
    },
    {
      name: 'do not take keep-alives for probes of a window',
      change: (files) => timers(files, 'keepalive', 'persist'),
      verdicts: { alike: 'fail' },
    },
    {
      name: 'find a window that was never shut',
      change: (files) => {
        for (const frame of framesWithFlags(files, 'client.pcap', ACK))
          editFrame(files, 'client.pcap', frame, (bytes, at) => {
            if (bytes.readUInt16BE(at + 14) === 0) bytes.writeUInt16BE(1, at + 14);
          });
      },
      verdicts: { closes: 'fail', probes: 'fail' },
    },
    {
      name: 'find bytes that the program never read',
      change: (files) => {
        const seen = new Set<unknown>();
        files.lines('calls.jsonl', (record) => {
          const { connection } = (record['fields'] as { connection?: number } | undefined) ?? {};
          if (record['event'] !== 'data' || seen.has(connection)) return record;
          seen.add(connection);
          return undefined;
        });
      },
      verdicts: { reopens: 'fail', control: 'fail' },
    },
  ],
});
