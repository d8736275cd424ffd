import { labSuite, someLost } from '../helpers/lab-suite.ts';

await labSuite({
  lab: '04-many-clients',
  forgeries: [
    someLost,
    {
      name: 'find an answer that a program never got',
      change: (files) => {
        let left = 1;
        return files.lines('calls.jsonl', (record) =>
          record['kind'] === 'return' && record['operation'] === 'time' && left-- > 0 ? undefined : record,
        );
      },
      verdicts: { 'nothing-lost': 'fail' },
    },
    {
      name: 'find a queue that did not hold all requests',
      change: (files) =>
        files.lines('sockets.jsonl', (record) =>
          record['label'] === 'all waiting' && record['host'] === 'server'
            ? {
                ...record,
                rows: (record['rows'] as Record<string, unknown>[]).map((row) =>
                  row['state'] === 'ESTABLISHED' ? { ...row, receiveQueueBytes: 16 } : row,
                ),
              }
            : record,
        ),
      verdicts: { 'at-once': 'fail' },
    },
    {
      name: 'find a text that was meant for another',
      change: (files) => {
        let left = 1;
        return files.lines('calls.jsonl', (record) => {
          const fields = record['fields'] as { text?: string } | undefined;
          if (record['event'] !== 'message' || fields?.text === undefined || left-- <= 0) return record;
          return { ...record, fields: { ...fields, text: fields.text.replace(/to \d+/, 'to 99') } };
        });
      },
      verdicts: { 'nothing-mixed': 'fail' },
    },
  ],
});
