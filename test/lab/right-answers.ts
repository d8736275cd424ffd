/**
 * What is right to each question of each lab, found as a student would find it: with tshark, the socket tables, and the
 * lines that programs printed. The labs' own code, which the grade rests on, is held against it.
 */
import type { Line, StudentsRun } from '../helpers/students-run.ts';

type Find = (run: StudentsRun) => number | undefined;

const SYN = 'tcp.flags.syn == 1 && tcp.flags.ack == 0';
const SYN_ACK = 'tcp.flags.syn == 1 && tcp.flags.ack == 1';
const stream = (number: number): string => `tcp.stream == ${number}`;
/** Sequence numbers wrap. */
const modulo = (value: number): number => ((value % 2 ** 32) + 2 ** 32) % 2 ** 32;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const port = (run: StudentsRun, offset = 0): number => run.parameter('port') + offset;
const fields = (line: Line): Record<string, unknown> => (line['fields'] ?? {}) as Record<string, unknown>;
/** Time between the last two packets that a filter finds. */
function lastGapMs(run: StudentsRun, filter: string): number {
  const [before = NaN, last = NaN] = run.numbers('client.pcap', filter, 'frame.time_epoch').slice(-2);
  return (last - before) * 1000;
}

export const RIGHT: Readonly<Record<string, Readonly<Record<string, Find>>>> = {
  '01-connect': {
    'client-port': (run) => run.numbers('client.pcap', SYN, 'tcp.srcport')[1],
    'syn-ack': (run) => run.numbers('client.pcap', SYN_ACK, 'tcp.ack_raw')[2],
  },
  '02-commands': {
    'listed-port': (run) => run.numbers('friend.pcap', SYN, 'tcp.srcport')[0],
    'delivery-seq': (run) =>
      run.numbers(
        'friend.pcap',
        `tcp.srcport == ${port(run)} && frame contains "says ${run.parameter('textNumber')}"`,
        'tcp.seq_raw',
      )[0],
  },
  '03-time-100x': {
    // All segments with data, but for the first (hello) and the last (bye).
    'request-segments': (run) =>
      run.numbers(
        'client.pcap',
        `${stream(1)} && tcp.dstport == ${port(run)} && tcp.len > 0 && !tcp.analysis.retransmission`,
        'frame.number',
      ).length - 2,
    'bytes-sent': (run) => {
      const sent = `${stream(0)} && tcp.dstport == ${port(run)}`;
      const [syn = NaN] = run.numbers('client.pcap', `${sent} && ${SYN}`, 'tcp.seq_raw');
      const [fin] = run.packets('client.pcap', `${sent} && tcp.flags.fin == 1`, 'tcp.seq_raw', 'tcp.len');
      return modulo(Number(fin?.[0]) + Number(fin?.[1]) - syn - 1);
    },
  },
  '04-many-clients': {
    'waiting-bytes': (run) =>
      sum(run.table('server', 'all waiting').map(({ receiveQueueBytes }) => receiveQueueBytes)),
    'third-port': (run) => run.numbers('client.pcap', SYN, 'tcp.srcport')[2],
  },
  '05-time-wait': {
    'waiting-port': (run) =>
      run.table('server', 'server-first closed').find(({ state }) => state === 'TIME_WAIT')?.remotePort,
    'seconds-waited': (run) => {
      const rows = run.changes('client').filter(({ row }) => row.state === 'TIME_WAIT');
      const first = rows.find(({ change, row }) => change !== 'gone' && row.remotePort === port(run));
      const gone = rows.find(
        ({ change, row }) => change === 'gone' && row.localPort === first?.row.localPort,
      );
      return ((gone?.seenUs ?? NaN) - (first?.seenUs ?? NaN)) / 1e6;
    },
  },
  '06-abnormal-exit': {
    // The clients that connect: the one that exits, a visitor, the one that is killed.
    'dead-port': (run) => run.numbers('server.pcap', SYN, 'tcp.srcport')[2],
    'rst-seq': (run) => run.numbers('server.pcap', `${stream(2)} && tcp.flags.reset == 1`, 'tcp.seq_raw')[0],
  },
  '07-backlog': {
    connected: (run) => {
      const resumed = run.fact('stopped', 'resumedUs') / 1e6;
      const times = run.numbers('client.pcap', SYN_ACK, 'frame.time_epoch');
      return times.filter((time) => time < resumed).length;
    },
    'last-syn': (run) => run.numbers('client.pcap', SYN, 'tcp.seq_raw').at(-1),
  },
  '08-teardown': {
    'close-segments': (run) => {
      const [fin] = run.packets(
        'client.pcap',
        `${stream(0)} && tcp.flags.fin == 1 && tcp.dstport == ${port(run)}`,
        ...['tcp.seq_raw', 'tcp.len'],
      );
      const beyond = modulo(Number(fin?.[0]) + Number(fin?.[1]) + 1);
      const [first] = run.packets(
        'client.pcap',
        `${stream(0)} && tcp.srcport == ${port(run)} && tcp.ack_raw == ${beyond}`,
        'tcp.flags.fin',
      );
      return first?.[0] === '1' || first?.[0] === 'True' ? 3 : 4;
    },
    'fin-ack': (run) => {
      const [fin] = run.packets(
        'client.pcap',
        `${stream(1)} && tcp.flags.fin == 1 && tcp.dstport == ${port(run, 1)}`,
        ...['tcp.seq_raw', 'tcp.len'],
      );
      return modulo(Number(fin?.[0]) + Number(fin?.[1]) + 1);
    },
  },
  '09-netcat': {
    'line-seq': (run) => run.numbers('machine.pcap', 'tcp.len > 0', 'tcp.seq_raw')[0],
    // The first SYN was refused.
    'client-port': (run) => run.numbers('machine.pcap', SYN, 'tcp.srcport')[1],
  },
  '10-http-keepalive': {
    'body-seq': (run) =>
      run.numbers(
        'server.pcap',
        `${stream(0)} && tcp.srcport == ${port(run)} && tcp.len > 0`,
        'tcp.seq_raw',
      )[1],
    'idle-ms': (run) => {
      const times = (filter: string): number[] =>
        run.numbers('client.pcap', `${stream(0)} && ${filter}`, 'frame.time_epoch');
      const [data = NaN, fin = NaN] = [times('tcp.len > 0').at(-1), times('tcp.flags.fin == 1')[0]];
      return (fin - data) * 1000;
    },
  },
  '11-fastcgi': {
    // nginx prints what it got in FCGI_STDERR.
    'stderr-bytes': (run) =>
      run
        .calls()
        .map((line) => /FastCGI sent in stderr: "([^"]*)"/.exec(String(fields(line)['line']))?.[1]?.length)
        .find((length) => length !== undefined),
    'nginx-port': (run) =>
      run.numbers('machine.pcap', `${SYN} && tcp.dstport == ${port(run, 1)}`, 'tcp.srcport')[0],
  },
  '12-dead-peer': {
    'probe-count': (run) => keepAliveProbes(run).length,
    'probe-seq': (run) => keepAliveProbes(run)[0],
  },
  '13-nagle-delayed-ack': {
    'part-bytes': (run) => run.parameter('partBytes'),
    // The first connection has both on; each round has two parts.
    'last-ack': (run) => {
      const [isn = NaN] = run.numbers('client.pcap', SYN, 'tcp.seq_raw');
      return modulo(isn + 1 + (2 * run.parameter('rounds') - 1) * run.parameter('partBytes'));
    },
  },
  '14-zero-window': {
    'closing-ack': (run) => closedAt(run)[0],
    'send-queue': (run) =>
      run.table('client', 'closed').find(({ remotePort }) => remotePort === port(run))?.sendQueueBytes,
  },
  '15-loss': {
    'lost-seq': (run) => {
      const burst = run.numbers(
        'client.pcap',
        `tcp.srcport == ${run.fact('fast', 'clientPort')} && tcp.len > 0`,
        'tcp.seq_raw',
      );
      return burst.find((seq, index) => burst.indexOf(seq, index + 1) > 0);
    },
    'longest-gap-ms': (run) =>
      lastGapMs(run, `tcp.srcport == ${run.fact('timeout', 'clientPort')} && tcp.len > 0`),
  },
  '16-reset': {
    'refused-ack': (run) =>
      run.numbers('client.pcap', `tcp.flags.reset == 1 && tcp.srcport == ${port(run, 1)}`, 'tcp.ack_raw')[0],
    'late-seq': (run) =>
      run.numbers(
        'server.pcap',
        `tcp.flags.reset == 1 && tcp.srcport == ${run.fact('late', 'clientPort')}`,
        'tcp.seq_raw',
      )[0],
  },
  '17-framing': {
    'largest-read': (run) =>
      Math.max(
        ...run
          .calls()
          .map(fields)
          .filter((each) => each['port'] === run.fact('clp joined', 'clientPort') && 'bytes' in each)
          .map((each) => Number(each['bytes'])),
      ),
    'lost-seq': (run) =>
      run.numbers(
        'client.pcap',
        `tcp.srcport == ${run.fact('clp joined', 'clientPort')} && tcp.len > 0`,
        'tcp.seq_raw',
      )[0],
  },
};

/** Numbers of the probes that left for the dead client; the RST at the end is none. */
const keepAliveProbes = (run: StudentsRun): number[] =>
  run.numbers(
    'server.pcap',
    [
      `tcp.srcport == ${port(run, 1)}`,
      `tcp.dstport == ${run.fact('cut', 'dead keep-alive')}`,
      `frame.time_epoch > ${run.fact('cut', 'cutUs') / 1e6}`,
      'tcp.len == 0',
      'tcp.flags.reset == 0',
    ].join(' && '),
    'tcp.seq_raw',
  );

/** Acknowledgment numbers of the segments that closed the window. */
const closedAt = (run: StudentsRun): number[] =>
  run.numbers(
    'client.pcap',
    `${stream(0)} && tcp.srcport == ${port(run)} && tcp.window_size_value == 0 && tcp.flags.reset == 0`,
    'tcp.ack_raw',
  );

/** Answers that two students may well have in common: each lab has another that they cannot. */
export const MAY_AGREE: Readonly<Record<string, readonly string[]>> = {
  '03-time-100x': ['request-segments'],
  '05-time-wait': ['seconds-waited'],
  '08-teardown': ['close-segments'],
  '12-dead-peer': ['probe-count'],
  '15-loss': ['longest-gap-ms'],
};
