/** The exercises of notebooks/, with hints that send the student back to the evidence. */
import { text } from '../check/index.ts';
import type { Exercise } from './exercise.ts';
import { CaptureView } from './trace-view.ts';

/** An exercise whose answer is a number that the capture, handed over as evidence, has. */
const counted =
  (count: (capture: CaptureView) => number): Exercise['test'] =>
  (answer, evidence) =>
    evidence instanceof CaptureView && answer === count(evidence);

/** An exercise that is solved by producing a capture in which something can be seen. */
const shown =
  (holds: (capture: CaptureView) => boolean): Exercise['test'] =>
  (answer) =>
    answer instanceof CaptureView && holds(answer);

export const EXERCISES: readonly Exercise[] = [
  {
    id: '01-a',
    points: 1,
    test: counted((t) => t.count({ data: false })),
    hint: text(
      'Look at the column len of t.packets, and count the segments in which it is 0.',
      '查看 t.packets 的 len 一列，数一数其中为 0 的报文段。',
    ),
  },
  {
    id: '01-b',
    points: 2,
    test: shown(
      (t) => t.count({ flags: 'SYN' }) === 1 && t.count({ flags: 'RST' }) === 1 && t.connections.length === 1,
    ),
    hint: text(
      'Nobody needs to listen for a SYN to be sent. Which ports has nobody opened, and what does the kernel there answer?',
      '发送 SYN 并不需要有人监听。哪些端口没有程序打开？那一端的内核会怎样回答？',
    ),
  },
];
