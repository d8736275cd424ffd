import { Buffer } from 'node:buffer';
import type { Channel } from '../net/index.ts';
import type { Habits } from './peer-protocol.ts';

/** A line that asks the peer for a sign of life, and one that answers. */
const BEAT = Buffer.from('alive?\n');
const ANSWER = Buffer.from('answer\n');

export interface Living {
  /** Bytes were read. */
  readonly read: (chunk: Buffer) => void;
  /** The connection is gone. */
  readonly over: () => void;
}

/** Gives a connection its habits; `say` testifies to what the program does of its own accord. */
export function live(
  channel: Channel,
  habits: Habits,
  say: (event: string, fields?: Record<string, unknown>) => void,
): Living {
  const { echoes, answersEach, idleMs, beatMs, beatsMissed = 3 } = habits;
  let unanswered = 0;
  let sinceAnswer = 0;
  const giveUp = (why: string): void => {
    over();
    say('gives-up', { why });
    channel.abort();
  };
  const idle =
    idleMs === undefined
      ? undefined
      : setTimeout(() => {
          giveUp(`nothing read for ${idleMs} ms`);
        }, idleMs);
  const beats =
    beatMs === undefined
      ? undefined
      : setInterval(() => {
          if (unanswered >= beatsMissed) {
            giveUp(`${unanswered} heartbeats without an answer`);
            return;
          }
          unanswered++;
          say('heartbeat', { unanswered });
          channel.send(BEAT);
        }, beatMs);
  const over = (): void => {
    clearTimeout(idle);
    clearInterval(beats);
  };
  return {
    over,
    read: (chunk) => {
      unanswered = 0;
      idle?.refresh();
      if (echoes === true) channel.send(chunk);
      if (answersEach === undefined) return;
      for (sinceAnswer += chunk.length; sinceAnswer >= answersEach; sinceAnswer -= answersEach)
        channel.send(ANSWER);
    },
  };
}
