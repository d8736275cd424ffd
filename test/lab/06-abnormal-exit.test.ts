import { framesWithFlags, editFrame, labSuite, otherState, someLost } from '../helpers/lab-suite.ts';

const SYN = 2;
const RST = 4;
const PSH_ACK = 24;
const FIN_ACK = 17;

await labSuite({
  lab: '06-abnormal-exit',
  forgeries: [
    someLost,
    {
      name: 'find a FIN that did leave',
      change: (files) => {
        // The last data of the first client turns into a FIN.
        const [frame = 0] = framesWithFlags(files, 'client.pcap', PSH_ACK);
        editFrame(files, 'client.pcap', frame, (bytes, at) => bytes.writeUInt8(FIN_ACK, at + 13));
      },
      verdicts: { 'no-fin': 'fail' },
    },
    otherState(
      'find a kernel that kept the socket',
      'kill ended',
      'FIN_WAIT1',
      'ESTABLISHED',
      { 'client-side': 'fail' },
      'client',
    ),
    otherState(
      'do not prefer one witness when kernel and packets disagree',
      'exit listed',
      'ESTABLISHED',
      'CLOSE_WAIT',
      { 'server-side': 'ungradable' },
      'server',
    ),
    {
      name: 'find a list without the dead client',
      change: (files) =>
        files.lines('calls.jsonl', (record) =>
          record['kind'] === 'return' && record['operation'] === 'list' ? { ...record, value: [] } : record,
        ),
      verdicts: { 'still-listed': 'fail' },
    },
    {
      name: 'find a send that nobody answered',
      change: (files) => {
        const [frame = 0] = framesWithFlags(files, 'server.pcap', RST);
        editFrame(files, 'server.pcap', frame, (bytes, at) => bytes.writeUInt8(16, at + 13));
      },
      verdicts: { 'send-notices': 'fail' },
    },
    otherState(
      'find a control that noticed nothing',
      'control noticed',
      'LISTEN',
      'ESTABLISHED',
      {},
      'server',
    ),
    {
      name: 'find a control whose FIN never came',
      change: (files) => {
        // The control is the last connection: everything behind the last SYN is its own.
        const opened = framesWithFlags(files, 'server.pcap', SYN).at(-1) ?? 0;
        for (const frame of framesWithFlags(files, 'server.pcap', FIN_ACK).filter((each) => each > opened))
          editFrame(files, 'server.pcap', frame, (bytes, at) => bytes.writeUInt8(16, at + 13));
      },
      verdicts: { control: 'fail' },
    },
  ],
});
