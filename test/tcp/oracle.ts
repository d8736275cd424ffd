/** Our analysis of a capture held against tshark's, segment by segment. */
import { readFileSync } from 'node:fs';
import { analyse, epochUs, NOTE } from '../../src/tcp/index.ts';
import { tsharkRows } from './tshark.ts';

/** What tshark's field means among our notes. It calls fast and spurious retransmissions retransmissions as well. */
const FIELD_NOTES: Readonly<Record<string, number>> = {
  retransmission: NOTE.retransmission | NOTE.fastRetransmission | NOTE.spuriousRetransmission,
  fast_retransmission: NOTE.fastRetransmission,
  spurious_retransmission: NOTE.spuriousRetransmission,
  out_of_order: NOTE.outOfOrder,
  lost_segment: NOTE.lostSegment,
  ack_lost_segment: NOTE.ackedLostSegment,
  duplicate_ack: NOTE.duplicateAck,
  zero_window: NOTE.zeroWindow,
  zero_window_probe: NOTE.zeroWindowProbe,
  zero_window_probe_ack: NOTE.zeroWindowProbeAck,
  keep_alive: NOTE.keepAlive,
  keep_alive_ack: NOTE.keepAliveAck,
  window_full: NOTE.windowFull,
  window_update: NOTE.windowUpdate,
  reused_ports: NOTE.reusedPorts,
};

export interface Comparison {
  readonly segments: number;
  /** How often each analysis flag was set, by both. */
  readonly flags: Readonly<Record<string, number>>;
  /** One line for each field that differs. */
  readonly differences: readonly string[];
}

/**
 * tshark's second pass knows a conversation to its end, which is where completeness comes from, and repeats the flags of
 * the first; windows and relative numbers it takes from the end as well, which for sane captures (`odd` false) is the same.
 */
export function compareWithTshark(file: string, odd = false): Comparison {
  const analysis = analyse(readFileSync(file));
  const secondPass = tsharkRows(file, ['-2']);
  const rows = odd ? tsharkRows(file) : secondPass;
  const ours = analysis.connections
    .flatMap((connection) => connection.segments.map((segment) => ({ connection, segment })))
    .sort((a, b) => a.segment.frame - b.segment.frame);
  const differences: string[] = [];
  const flags: Record<string, number> = {};
  if (ours.length !== rows.length) differences.push(`${ours.length} segments, tshark has ${rows.length}`);
  rows.forEach((row, index) => {
    const mine = ours[index];
    if (mine === undefined) return;
    const { segment, connection } = mine;
    const differ = (
      what: string,
      our: string | number | boolean,
      their: string | number | boolean | undefined,
    ): void => {
      if (String(our) !== String(their))
        differences.push(`frame ${segment.frame} ${what}: ${our}, tshark ${String(their)}`);
    };
    differ('number', segment.frame, row['frame.number']);
    differ('stream', connection.id, row['tcp.stream']);
    differ('port', segment.srcPort, row['tcp.srcport']);
    differ('seq', segment.relSeq, row['tcp.seq']);
    if (segment.relAck >= 0) differ('ack', segment.relAck, row['tcp.ack']);
    differ('len', segment.payloadLength, row['tcp.len']);
    differ('window', segment.windowBytes < 0 ? segment.window : segment.windowBytes, row['tcp.window_size']);
    differ('flags', segment.flags, Number(row['tcp.flags']));
    const theirUs = Math.floor(Number(row['frame.time_epoch']) * 1e6);
    const ourUs = Math.floor(epochUs(analysis.epochNs ?? 0n, segment.atNs));
    if (Math.abs(theirUs - ourUs) > 1) differ('time', ourUs, theirUs);
    for (const [field, bits] of Object.entries(FIELD_NOTES)) {
      const theirs = row[`tcp.analysis.${field}`] !== undefined;
      differ(field, (segment.notes & bits) !== 0, theirs);
      if (theirs) flags[field] = (flags[field] ?? 0) + 1;
    }
    differ('duplicate', segment.duplicateNumber, row['tcp.analysis.duplicate_ack_num'] ?? 0);
  });
  const last = new Map(secondPass.map((row) => [row['tcp.stream'], row['tcp.completeness']]));
  for (const { id, segments, completeness } of analysis.connections) {
    const theirs = last.get(String(id)) ?? '0';
    if (segments.length > 1 && theirs !== String(completeness)) {
      differences.push(`stream ${id} completeness: ${completeness}, tshark ${theirs}`);
    }
  }
  return { segments: rows.length, flags, differences };
}
