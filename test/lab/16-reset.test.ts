import { editFrame, framesWithFlags, labSuite, otherState, someLost } from '../helpers/lab-suite.ts';

const RST = 4;
const ACK = 16;
const RST_ACK = 20;

await labSuite({
  lab: '16-reset',
  forgeries: [
    someLost,
    {
      name: 'find a refusal that acknowledges something else',
      change: (files) => {
        const [frame = 0] = framesWithFlags(files, 'client.pcap', RST_ACK);
        editFrame(files, 'client.pcap', frame, (bytes, at) =>
          bytes.writeUInt32BE((bytes.readUInt32BE(at + 8) + 1) >>> 0, at + 8),
        );
      },
      verdicts: { refused: 'fail' },
    },
    {
      name: 'find a program that had read everything before it reset',
      change: (files) =>
        files.lines('sockets.jsonl', (record) =>
          record['label'] === 'unread before'
            ? (JSON.parse(
                JSON.stringify(record).replaceAll(/"receiveQueueBytes":\d+/g, '"receiveQueueBytes":0'),
              ) as typeof record)
            : record,
        ),
      verdicts: { unread: 'fail' },
    },
    {
      name: 'find a program that was not told',
      change: (files) =>
        files.lines(
          'calls.jsonl',
          (record) =>
            JSON.parse(JSON.stringify(record).replaceAll(/ECONNRESET|EPIPE/g, 'none')) as typeof record,
        ),
      verdicts: { unread: 'fail', abort: 'fail', late: 'fail', 'half-open': 'fail' },
    },
    {
      name: 'find data that nobody answered with a RST, and a RST with numbers of its own',
      change: (files) => {
        const [late = 0, half = 0] = framesWithFlags(files, 'server.pcap', RST);
        editFrame(files, 'server.pcap', late, (bytes, at) => bytes.writeUInt8(ACK, at + 13));
        editFrame(files, 'server.pcap', half, (bytes, at) =>
          bytes.writeUInt32BE((bytes.readUInt32BE(at + 4) + 1) >>> 0, at + 4),
        );
      },
      verdicts: { late: 'fail', answers: 'fail' },
    },
    otherState(
      'find a connection that both ends knew',
      'half-open before',
      'ESTABLISHED',
      'CLOSE_WAIT',
      { 'half-open': 'fail' },
      'server',
    ),
    otherState(
      'find a control without TIME_WAIT',
      'all-read over',
      'TIME_WAIT',
      'CLOSE_WAIT',
      { 'nothing-left': 'fail' },
      'server',
    ),
  ],
});
