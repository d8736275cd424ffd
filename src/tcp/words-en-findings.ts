/** The findings of a trace, in English: sentences, and the rules by which they were found. */
import type { ResetReason } from './close.ts';
import type { Certainty } from './ends.ts';

const one = (count: number, what: string): string => (count === 1 ? `one ${what}` : `${count} ${what}s`);
const verb = (count: number, single: string, many: string): string => (count === 1 ? single : many);

export type TextAndRule = readonly [text: string, rule: string];

export const EN_FINDINGS = {
  blind: '; the capture dropped packets',
  handshake: [
    'the three-way handshake is complete',
    'SYN, SYN-ACK and the ACK that covers the SYN-ACK',
  ] as TextAndRule,
  simultaneousOpen: [
    'both ends sent a SYN before they had the other’s: a simultaneous open',
    'two crossing SYNs',
  ] as TextAndRule,
  synUnanswered: (times: number): TextAndRule => [
    `the SYN was sent ${times === 1 ? 'once' : `${times} times`} and nothing came back`,
    'no SYN-ACK and no RST',
  ],
  lateStart: [
    'the capture begins in the middle: what was before is not known, nor for certain who opened it, nor the window’s scale',
    'the first segment has no SYN',
  ] as TextAndRule,

  noteRule: 'Wireshark’s rule of this name',
  notes: {
    retransmission: (n) => `${one(n, 'segment')} sent again`,
    'fast-retransmission': (n) => `${one(n, 'segment')} sent again after duplicate ACKs`,
    'spurious-retransmission': (n) => `${one(n, 'segment')} sent again though already acknowledged`,
    'out-of-order': (n) => `${one(n, 'segment')} came out of order`,
    'lost-segment': (n) =>
      `bytes before ${one(n, 'segment')} had not been captured by then: lost, late, or not captured`,
    'acked-unseen': (n) =>
      `${one(n, 'segment')} ${verb(n, 'acknowledges', 'acknowledge')} bytes that the capture does not have`,
    'duplicate-ack': (n) => `${one(n, 'segment')} ${verb(n, 'repeats', 'repeat')} the ACK before`,
    'zero-window': (n) =>
      `${one(n, 'segment')} with window 0: the receive buffer is full, the other side must wait`,
    'window-full': (n) =>
      `${one(n, 'segment')} ${verb(n, 'fills', 'fill')} the receiver’s window to its edge`,
    'window-update': (n) => `${one(n, 'segment')} only ${verb(n, 'changes', 'change')} the window`,
    'zero-window-probe': (n) =>
      `${one(n, 'segment')} ${verb(n, 'asks', 'ask')} with one byte whether the window has opened`,
    'keep-alive-ack': (n) => `${one(n, 'segment')} ${verb(n, 'answers', 'answer')} a probe`,
    'reused-ports': () => 'the same addresses and ports as an earlier connection',
  } as Readonly<Record<string, (count: number) => string>>,

  hole: (length: number, offset: number, acknowledged: boolean): TextAndRule => [
    `${one(length, 'byte')} at offset ${offset} of the stream ${verb(length, 'is', 'are')} not in the capture` +
      (acknowledged
        ? '; the receiver acknowledged them, so they arrived'
        : ' and nobody acknowledged them: lost, or not captured'),
    'a hole in the stream, and whether an ACK covers it',
  ],
  zeroWindowProbe: [
    'asks whether the closed window has opened; Wireshark calls the same bytes a keep-alive',
    'a keep-alive’s form while the other side’s window is 0; only the kernel’s timer decides',
  ] as TextAndRule,
  keepAlive: [
    'asks whether the other side is still there (keep-alive)',
    'no new data, a sequence number one too low, window open',
  ] as TextAndRule,

  delayedAck: (count: number, ms: string): TextAndRule => [
    `${count === 1 ? 'one ACK was' : `${count} ACKs were`} delayed, ${count === 1 ? 'by' : 'by up to'} ${ms} ms, in the hope of data to go with it`,
    'an ACK without data, 20 to 500 ms (less the handshake’s round trip) after the data that it covers',
  ],
  nagle: (count: number, delayed: boolean): TextAndRule => [
    `${one(count, 'small segment')} waited for the ACK of the data before (Nagle’s algorithm)` +
      (delayed ? '; the ACK waited for was a delayed one: the two algorithms wait for each other' : ''),
    'less than the MSS, sent within 2 ms of an ACK without data that covered all data sent before',
  ],

  closeRule: 'decided by which sequence number each ACK covers, not by counting packets',
  closes: {
    'four-segments': 'closes first; the close takes four segments: FIN, ACK, FIN, ACK',
    'three-segments':
      'closes first; the close takes three segments: the second FIN also acknowledges the first',
    simultaneous: 'both closed at once: each sent its FIN before it had the other’s',
    unfinished: 'closes first; both sent a FIN, but the ACK of at least one of them is not in the capture',
    'half-closed': 'closes; the other side has sent no FIN: that direction is still open',
  } as Readonly<
    Record<'four-segments' | 'three-segments' | 'simultaneous' | 'unfinished' | 'half-closed', string>
  >,
  openEnd: ['the capture ends with the connection open', 'no FIN and no RST'] as TextAndRule,
  halfClose: (bytes: number): TextAndRule => [
    `half-close: after its FIN was acknowledged, the other side still sent ${one(bytes, 'byte')}`,
    'new data after the ACK of the first FIN',
  ],
  resets: {
    refused: [
      'refuses: nobody listens there, or a firewall answers in the same way',
      'a RST answers the SYN',
    ],
    'data-after-close': [
      'sends a RST because data came for an application that had closed',
      'a RST from the side that had sent a FIN, after data for it',
    ],
    'unread-data': [
      'sends a RST because the application closed with data unread in its receive buffer',
      'a RST without a FIN from a side whose window was 0',
    ],
    aborted: [
      'aborts with a RST: the application did (it closed with data unread, or with SO_LINGER at 0), or its TCP',
      'a RST with ACK and without a FIN before it; the wire does not tell the two apart',
    ],
    'unknown-connection': [
      'sends a RST because it knows no such connection (any more)',
      'a RST without ACK: the answer to a segment for which there is no connection',
    ],
    'gave-up': [
      'gives up with a RST: probes or retransmissions found no answer',
      'a RST after at least three segments into silence',
    ],
    'answers-a-reset-connection': [
      'sends another RST: a segment came for the connection that is gone',
      'a RST after a RST',
    ],
  } as Readonly<Record<ResetReason, TextAndRule>>,
  finUnanswered: (times: number, state: string): TextAndRule => [
    `its FIN was sent ${times} times and never acknowledged: as far as the capture shows, it did not reach the other end, which is taken to be still in ${state}`,
    'a FIN repeated without an ACK that covers it',
  ],
  peerSilent: (segments: number): TextAndRule => [
    'nothing more came from this side, not even a FIN: if it closed, its FIN never left or was lost on the way',
    `at least ${segments} segments sent again or probes at the end without an answer`,
  ],
  timeWait: (certainty: Certainty): TextAndRule => [
    certainty === 'proven'
      ? 'is left in TIME-WAIT (for 60 seconds on Linux)'
      : 'is taken to be left in TIME-WAIT (for 60 seconds on Linux)',
    'it sent a FIN that was acknowledged, and had the other’s FIN',
  ],
};
