import { Buffer } from 'node:buffer';
import { editFrame, framesWithFlags, labSuite, someLost } from '../helpers/lab-suite.ts';

const ACK = 16;
const PSH_ACK = 24;
const SYN_ACK = 18;

const logOf = (record: Record<string, unknown>): Record<string, unknown> =>
  (record['fields'] as Record<string, unknown> | undefined) ?? {};

await labSuite({
  lab: '15-loss',
  forgeries: [
    someLost,
    {
      name: 'do not believe a rule that counted something else',
      change: (files) =>
        files.manifest(({ phases }) => {
          const phase = phases.find(({ id }) => id === 'timeout');
          if (phase) phase.facts['dropped'] = 5;
        }),
      verdicts: { 'lost-on-the-way': 'ungradable' },
    },
    {
      name: 'find bytes that the program never read',
      change: (files) =>
        files.lines('calls.jsonl', (record) =>
          record['event'] === 'data' && logOf(record)['total'] === 'all alone 1000\n'.length
            ? undefined
            : record,
        ),
      verdicts: { delivered: 'fail' },
    },
    {
      name: 'find a time-out where nothing was lost, and one behind duplicate ACKs',
      change: (files) =>
        files.lines(
          'sockets.jsonl',
          (record) =>
            JSON.parse(
              JSON.stringify(record).replaceAll('"retransmits":0', '"retransmits":1'),
            ) as typeof record,
        ),
      verdicts: { none: 'fail', 'lost-ack': 'fail', fast: 'fail' },
    },
    {
      name: 'do not believe a kernel that counts other time-outs than the wire shows',
      change: (files) =>
        files.lines(
          'sockets.jsonl',
          (record) =>
            JSON.parse(
              JSON.stringify(record).replaceAll(/"retransmits":[1-9]/g, '"retransmits":1'),
            ) as typeof record,
        ),
      verdicts: { timeout: 'ungradable' },
    },
    {
      name: 'find a line that was sent once less',
      change: (files) => {
        // The copies are alone in being PSH with ten bytes: the first of them becomes a segment of the server's port.
        const opened = framesWithFlags(files, 'client.pcap', SYN_ACK)[2] ?? 0;
        const copy = framesWithFlags(files, 'client.pcap', PSH_ACK).find((frame) => frame > opened) ?? 0;
        editFrame(files, 'client.pcap', copy, (bytes, at) => bytes.writeUInt16BE(9, at));
      },
      verdicts: { 'lost-on-the-way': 'ungradable' },
    },
    {
      name: 'find a SACK that was not offered',
      change: (files) => {
        const [, , , fast = 0] = framesWithFlags(files, 'client.pcap', SYN_ACK);
        // The option of the SYN-ACK (kind 4, length 2) turns into two no-operations.
        editFrame(files, 'client.pcap', fast, (bytes, at) => {
          const option = bytes.indexOf(Buffer.from([4, 2]), at + 20);
          bytes.fill(1, option, option + 2);
        });
      },
      verdicts: { sack: 'fail' },
    },
    {
      name: 'find a retransmission that no duplicate ACK asked for',
      change: (files) => {
        const opened = framesWithFlags(files, 'client.pcap', SYN_ACK)[3] ?? 0;
        const next = framesWithFlags(files, 'client.pcap', SYN_ACK)[4] ?? 0;
        for (const frame of framesWithFlags(files, 'client.pcap', ACK).filter(
          (each) => each > opened && each < next,
        ))
          editFrame(files, 'client.pcap', frame, (bytes, at) => {
            // The server's ACKs turn into probes of nobody's: they go to another port.
            if (bytes.readUInt16BE(at) < 10_000) bytes.writeUInt16BE(9, at + 2);
          });
      },
      verdicts: { fast: 'fail' },
    },
  ],
});
