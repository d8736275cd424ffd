import { framesWithFlags, editFrame, labSuite, otherState, someLost } from '../helpers/lab-suite.ts';

const SYN = 2;
const SYN_ACK = 18;

await labSuite({
  lab: '07-backlog',
  forgeries: [
    someLost,
    otherState(
      'find a client that did not get in',
      'client 2',
      'ESTABLISHED',
      'SYN_SENT',
      { 'connects-succeed': 'fail' },
      'client',
    ),
    {
      name: 'find a queue that holds another number',
      change: (files) =>
        files.lines('sockets.jsonl', (record) =>
          record['label'] === 'client 3'
            ? {
                ...record,
                rows: (record['rows'] as Record<string, unknown>[]).map((row) =>
                  row['state'] === 'LISTEN' ? { ...row, receiveQueueBytes: 1 } : row,
                ),
              }
            : record,
        ),
      verdicts: { queue: 'fail' },
    },
    {
      name: 'do not judge a queue of which ss and /proc tell different things',
      change: (files) =>
        files.manifest(({ phases }) => {
          const phase = phases.find(({ id }) => id === 'stopped');
          if (phase) phase.facts['waiting'] = 2;
        }),
      verdicts: { queue: 'ungradable' },
    },
    {
      name: 'find a SYN that was answered after all',
      change: (files) => {
        // The last client's SYN when it is sent again: every client's first SYN comes before it. Turned round, it
        // reads as the server's answer.
        const syns = framesWithFlags(files, 'server.pcap', SYN);
        const answers = framesWithFlags(files, 'server.pcap', SYN_ACK);
        const repeated = syns[answers.length] ?? 0;
        editFrame(files, 'server.pcap', repeated, (bytes, at) => {
          const [source, destination] = [bytes.readUInt32BE(at - 8), bytes.readUInt32BE(at - 4)];
          bytes.writeUInt32BE(destination, at - 8);
          bytes.writeUInt32BE(source, at - 4);
          const ports = bytes.readUInt32BE(at);
          bytes.writeUInt32BE(((ports << 16) | (ports >>> 16)) >>> 0, at);
          bytes.writeUInt8(SYN_ACK, at + 13);
        });
      },
      verdicts: { 'one-more': 'fail' },
    },
    {
      name: 'find a server that took a client while it was stopped',
      change: (files) =>
        files.manifest(({ phases }) => {
          const phase = phases.find(({ id }) => id === 'stopped');
          if (phase) phase.facts['resumedUs'] = Number(phase.facts['resumedUs']) + 500_000;
        }),
      verdicts: { afterwards: 'fail' },
    },
  ],
});
