import { labSuite, otherState, someLost } from '../helpers/lab-suite.ts';

await labSuite({
  lab: '12-dead-peer',
  forgeries: [
    someLost,
    otherState(
      'do not prefer one witness when kernel and packets disagree',
      'over',
      'ESTABLISHED',
      'CLOSE_WAIT',
      { silence: 'ungradable', control: 'fail' },
      'server',
    ),
    {
      name: 'do not believe a kernel that counts other probes than the wire has',
      change: (files) =>
        files.lines(
          'sockets.jsonl',
          (record) =>
            JSON.parse(JSON.stringify(record).replaceAll('"probes":3', '"probes":2')) as typeof record,
        ),
      verdicts: { 'keep-alive': 'ungradable' },
    },
    {
      name: 'find a program that was told something else',
      change: (files) =>
        files.lines(
          'calls.jsonl',
          (record) =>
            JSON.parse(
              JSON.stringify(record).replaceAll(/ETIMEDOUT|EHOSTUNREACH/g, 'ECONNRESET'),
            ) as typeof record,
        ),
      verdicts: { 'keep-alive': 'fail', send: 'fail' },
    },
    {
      name: 'find a heartbeat too few',
      change: (files) =>
        files.lines('calls.jsonl', (record) => {
          const missed = (record['fields'] as { unanswered?: number } | undefined)?.unanswered;
          return record['event'] === 'heartbeat' && missed === 3 ? undefined : record;
        }),
      verdicts: { heartbeat: 'fail' },
    },
    {
      name: 'find a program that did not look at its clock',
      change: (files) =>
        files.lines('calls.jsonl', (record) =>
          JSON.stringify(record).includes('nothing read for') ? undefined : record,
        ),
      verdicts: { idle: 'fail', control: 'fail' },
    },
  ],
});
