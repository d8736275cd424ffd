import { framesWithFlags, editFrame, labSuite, otherState, someLost } from '../helpers/lab-suite.ts';
import type { EvidenceFiles } from './evidence-files.ts';

const FIN_ACK = 17;

/** Every record of the waiting socket's timer is given another value. */
function timers(files: EvidenceFiles, change: (timerMs: number) => number): void {
  const redo = (row: Record<string, unknown>): Record<string, unknown> =>
    row['state'] === 'TIME_WAIT' ? { ...row, timerMs: change(Number(row['timerMs'])) } : row;
  files.lines('sockets.jsonl', (record) => ({
    ...record,
    ...(record['row'] === undefined ? {} : { row: redo(record['row'] as Record<string, unknown>) }),
    ...(Array.isArray(record['rows'])
      ? { rows: (record['rows'] as Record<string, unknown>[]).map(redo) }
      : {}),
  }));
}

await labSuite({
  lab: '05-time-wait',
  // The minute is real, and so are the kernel's coarse timers.
  boundMs: 260_000,
  forgeries: [
    someLost,
    otherState(
      'do not prefer one witness when kernel and packets disagree',
      'server-first closed',
      'TIME_WAIT',
      'FIN_WAIT2',
      { 'who-waits': 'ungradable' },
      'server',
    ),
    {
      name: 'find a timer that runs up',
      change: (files) => timers(files, (timerMs) => 60_000 - timerMs),
      verdicts: { timer: 'fail' },
    },
    {
      name: 'find an entry that went before its time',
      change: (files) => timers(files, (timerMs) => timerMs + 60_000),
      verdicts: { 'how-long': 'fail' },
    },
    {
      name: 'do not believe a bind that the kernel does not know of',
      change: (files) =>
        files.lines('calls.jsonl', (record) =>
          record['process'] === 'bind-without' && record['event'] === 'stdout'
            ? { ...record, fields: { line: 'bind ok' } }
            : record,
        ),
      verdicts: { reuse: 'ungradable' },
    },
    {
      name: 'do not take a capture for whole whose FINs were changed',
      change: (files) => {
        // All of them: on a busy machine the lab may have tried a connection more than once.
        for (const fin of framesWithFlags(files, 'client.pcap', FIN_ACK))
          editFrame(files, 'client.pcap', fin, (bytes, at) => bytes.writeUInt32BE(7, at + 4));
      },
      verdicts: { 'who-waits': 'ungradable' },
    },
  ],
});
