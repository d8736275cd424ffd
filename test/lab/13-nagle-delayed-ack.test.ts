import { editFrame, framesWithFlags, labSuite, someLost } from '../helpers/lab-suite.ts';

const ACK = 16;
const PSH_ACK = 24;
const SYN = 2;

await labSuite({
  lab: '13-nagle-delayed-ack',
  forgeries: [
    someLost,
    {
      name: 'do not believe a program that read less than the wire has',
      change: (files) => {
        let left = 1;
        return files.lines('calls.jsonl', (record) =>
          record['event'] === 'data' && record['host'] === 'server' && left-- > 0 ? undefined : record,
        );
      },
      verdicts: { answered: 'ungradable' },
    },
    {
      name: 'find parts that did not wait for an ACK',
      change: (files) => {
        // The server's bare ACKs of the first connection say nothing new.
        const second = framesWithFlags(files, 'client.pcap', SYN)[1] ?? 0;
        for (const frame of framesWithFlags(files, 'client.pcap', ACK).filter(
          (each) => each > 3 && each < second,
        ))
          editFrame(files, 'client.pcap', frame, (bytes, at) => {
            if (bytes.readUInt16BE(at) < 10_000) bytes.writeUInt32BE(bytes.readUInt32BE(at + 8) - 1, at + 8);
          });
      },
      verdicts: { held: 'fail', both: 'fail' },
    },
    {
      name: 'find a combination that waits although only one of the two is on',
      change: (files) => {
        // Each answer of the last connection comes two seconds later.
        const last = framesWithFlags(files, 'client.pcap', SYN)[3] ?? 0;
        for (const frame of framesWithFlags(files, 'client.pcap', PSH_ACK).filter((each) => each > last))
          editFrame(files, 'client.pcap', frame, (bytes, at) => {
            const record = at - 20 - 14 - 16;
            if (bytes.readUInt16BE(at) < 10_000) bytes.writeUInt32LE(bytes.readUInt32LE(record) + 2, record);
          });
      },
      verdicts: { others: 'fail' },
    },
  ],
});
