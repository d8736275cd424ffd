/** tshark as the oracle: what it says of every TCP segment of a capture, in rows that can be compared. */
import { execFileSync } from 'node:child_process';
import { findProgram } from '../../src/host/programs.ts';

/** Why tests that need tshark cannot run here; undefined when they can. */
export const whyNoTshark: string | undefined =
  findProgram('tshark') === undefined ? 'tshark is not installed' : undefined;

export const FLAG_FIELDS = [
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
  'lost_segment',
  'ack_lost_segment',
  'duplicate_ack',
  'duplicate_ack_num',
  'zero_window',
  'zero_window_probe',
  'zero_window_probe_ack',
  'keep_alive',
  'keep_alive_ack',
  'window_full',
  'window_update',
  'reused_ports',
] as const;

const FIELDS = [
  'frame.number',
  'frame.time_epoch',
  'frame.cap_len',
  'frame.len',
  'tcp.stream',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.seq',
  'tcp.ack',
  'tcp.len',
  'tcp.window_size',
  'tcp.flags',
  'tcp.completeness',
  ...FLAG_FIELDS.map((name) => `tcp.analysis.${name}`),
];

export type Row = Readonly<Record<string, string>>;

/** One row for each TCP segment, in the order of the capture; empty fields are left out. */
export function tsharkRows(file: string, options: readonly string[] = []): Row[] {
  const args = [
    '-r',
    file,
    '-Y',
    'tcp',
    ...options,
    '-T',
    'fields',
    '-E',
    'occurrence=l',
    '-E',
    'separator=/t',
  ];
  for (const field of FIELDS) args.push('-e', field);
  const text = execFileSync('tshark', args, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split('\t');
      return Object.fromEntries(FIELDS.flatMap((field, i) => (cells[i] ? [[field, cells[i]]] : [])));
    });
}
