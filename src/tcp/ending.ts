/** How the connection ended, as statements: the close's shape, half-close, RST and why, FINs that nobody answered. */
import type { Close, Reset } from './close.ts';
import type { Connection } from './connection.ts';
import { endsAfter } from './ends.ts';
import { otherSide, type Segment, type Side } from './segment.ts';
import type { Finding } from './verdicts.ts';
import { NOTE } from './wireshark.ts';

const CLOSING = 'RFC 9293, section 3.6';
/** So many segments into silence make a lost peer likely. */
const SILENT_AFTER = 3;

export function endingVerdicts(connection: Connection): Finding[] {
  const { close } = connection;
  return [
    ...shape(close),
    ...halfClose(close),
    ...resets(close.resets),
    ...unanswered(connection, close),
    ...silence(connection, close),
    ...timeWait(connection),
  ];
}

function shape(close: Close): Finding[] {
  const side = close.shape === 'simultaneous' ? undefined : close.first;
  const base = { kind: 'close', certainty: 'proven' as const, side, frames: close.frames, source: CLOSING };
  const rule = 'decided by which sequence number each ACK covers, not by counting packets';
  switch (close.shape) {
    case 'four-segments':
      return [{ ...base, rule, text: 'closes first; the close takes four segments: FIN, ACK, FIN, ACK' }];
    case 'three-segments':
      return [
        {
          ...base,
          rule,
          text: 'closes first; the close takes three segments: the second FIN also acknowledges the first',
        },
      ];
    case 'simultaneous':
      return [{ ...base, rule, text: 'both closed at once: each FIN left before the other’s had come' }];
    case 'unfinished':
      return [
        {
          ...base,
          rule,
          text: 'closes first; both sent a FIN, but the ACK of one of them is not in the capture',
        },
      ];
    case 'half-closed':
      return [
        { ...base, rule, text: 'closes; the other side has sent no FIN: that direction is still open' },
      ];
    case 'open': {
      const text = 'the capture ends with the connection open';
      return [{ ...base, kind: 'open-end', rule: 'no FIN and no RST', text, frames: [] }];
    }
    case 'reset':
      return [];
  }
}

function halfClose({ halfClose: half, fins }: Close): Finding[] {
  const first = fins[0];
  if (half === undefined || first === undefined) return [];
  const text = `half-close: after the FIN of one side was acknowledged, the other still sent ${half.bytes} bytes`;
  const rule = 'new data after the ACK of the first FIN';
  const frames = [first.frame, ...(first.ackFrame === undefined ? [] : [first.ackFrame])];
  return [{ kind: 'half-close', certainty: 'proven', side: first.side, frames, text, rule, source: CLOSING }];
}

const REASONS: Readonly<Record<Reset['reason'], readonly [text: string, rule: string]>> = {
  refused: ['refused: nobody listens there, or a firewall answers in the same way', 'a RST answers the SYN'],
  'data-after-close': [
    'reset because data came for an application that had closed',
    'a RST from the side that had sent a FIN, after data for it',
  ],
  'unread-data': [
    'reset because the application closed with data unread in its receive queue',
    'a RST without a FIN from a side whose window was 0',
  ],
  aborted: [
    'aborted: by the application (closed with data unread, or with SO_LINGER at 0), or by its TCP',
    'a RST with ACK and without a FIN before it; the wire does not tell the two apart',
  ],
  'unknown-connection': [
    'reset because that end knows no such connection (any more)',
    'a RST without ACK whose number is the one that the segment before acknowledged',
  ],
  'gave-up': [
    'gave up: probes or retransmissions found no answer',
    'a RST after at least three segments into silence',
  ],
  'answers-a-reset-connection': ['answers a segment of the connection that is gone', 'a RST after a RST'],
};

function resets(list: readonly Reset[]): Finding[] {
  return list.map(({ reason, certainty, side, frame, source }) => {
    const [text, rule] = REASONS[reason];
    return { kind: `reset-${reason}`, certainty, side, frames: [frame], text, rule, source };
  });
}

/** FINs sent again and again: whether the first ever arrived, this capture cannot say. */
function unanswered(connection: Connection, close: Close): Finding[] {
  return close.fins
    .filter((fin) => fin.ackFrame === undefined && fin.resent.length > 0)
    .map((fin) => ({
      kind: 'fin-unanswered',
      certainty: 'inferred',
      side: fin.side,
      frames: [fin.frame, ...fin.resent],
      text: `the FIN was sent ${fin.resent.length + 1} times and never acknowledged: it did not reach the other end, which is taken to have been still in ${stateAfter(connection, fin.resent.at(-1), otherSide(fin.side))}`,
      rule: 'a FIN repeated without an ACK that covers it',
      source: 'RFC 9293, section 3.8.1',
    }));
}

function stateAfter(connection: Connection, frame: number | undefined, side: Side): string {
  const segment = connection.segments.find((each) => each.frame === frame);
  return segment === undefined ? connection.ends[side].state : endsAfter(segment)[side].state;
}

/** One side talks and the other says nothing more: a cable pulled, a host gone; its FIN, if any, never came by here. */
function silence(connection: Connection, close: Close): Finding[] {
  const { segments } = connection;
  const last = segments.at(-1);
  if (last === undefined || close.resets.some(({ reason }) => reason === 'refused')) return [];
  const talker = last.side;
  const quiet: Segment[] = [];
  for (let i = segments.length - 1; i >= 0; i--) {
    const segment = segments[i];
    if (segment === undefined || segment.side !== talker) break;
    quiet.unshift(segment);
  }
  const repeated = quiet.filter(({ notes }) => notes & (NOTE.retransmission | NOTE.keepAlive));
  if (repeated.length < SILENT_AFTER) return [];
  const silent: Side = otherSide(talker);
  if (close.fins.some((fin) => fin.side === silent)) return [];
  return [
    {
      kind: 'peer-silent',
      certainty: 'inferred',
      side: silent,
      frames: quiet.map(({ frame }) => frame),
      text: `nothing more came from this side, no FIN either: if it closed, its FIN never left or was lost on the way`,
      rule: `at least ${SILENT_AFTER} segments sent again or probes at the end without an answer`,
      source: 'RFC 9293, section 3.8.3',
    },
  ];
}

function timeWait(connection: Connection): Finding[] {
  const certainties = connection.ends;
  return connection.inTimeWait.map((side) => ({
    kind: 'time-wait',
    certainty: certainties[side].certainty,
    side,
    frames: connection.close.frames.slice(-1),
    text: 'is left in TIME-WAIT (on Linux for 60 seconds)',
    rule: 'it sent a FIN, that FIN was acknowledged, and it acknowledged the other’s',
    source: 'RFC 9293, section 3.6.1',
  }));
}
