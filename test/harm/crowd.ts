import { until } from '../helpers/until.ts';
import { Member } from './member.ts';

/** So many connections under way at once: the queue of a listening socket holds 511. */
const BATCH = 200;
const PATIENCE_MS = 300_000;

/** Connects `count` members, each greeted; from other addresses of loopback when there are more than ports for one. */
export async function gather(port: number, count: number): Promise<Member[]> {
  const members: Member[] = [];
  while (members.length < count) {
    const batch = Array.from(
      { length: Math.min(BATCH, count - members.length) },
      (_, i) =>
        new Member(port, { localAddress: `127.0.0.${1 + Math.floor((members.length + i) / 20_000)}` }),
    );
    members.push(...batch);
    await until(
      'they are greeted',
      () => batch.every(({ id, fate }) => id !== 0 || fate !== undefined),
      PATIENCE_MS,
    );
    const lost = batch.find(({ fate }) => fate !== undefined);
    if (lost !== undefined) throw new Error(`a member was not let in: ${lost.fate} ${lost.bye}`);
  }
  return members;
}

export function disperse(members: readonly Member[]): void {
  for (const member of members) member.destroy();
}

export interface CrowdFigures {
  readonly clients: number;
  readonly requests: number;
  readonly texts: number;
  /** Texts that the server could only say to be written, since the receiver did not confirm within 2 s. */
  readonly forwarded: number;
}

/**
 * Everybody asks and everybody relays, at the same moment: for each round three questions, and a text to each of two
 * others. Resolves when all is answered.
 *
 * @throws Error when a request is not answered, or twice, or a text goes astray, or comes twice or not at all.
 */
export async function everybodyAsks(members: readonly Member[], rounds: number): Promise<CrowdFigures> {
  const texts = 2 * rounds;
  for (let round = 0; round < rounds; round++) {
    members.forEach((member, at) => {
      member.ask('time');
      member.ask('name');
      for (const step of [1, 7]) {
        const other = members[(at + step) % members.length];
        if (other !== undefined) member.text(other.id, `${round}.${step}`);
      }
      member.ask('time');
      member.flush();
    });
  }
  await until(
    'all is answered and heard',
    () =>
      members.every(
        ({ open, heard, fate, wrongs }) =>
          (open === 0 && heard.size === texts) || fate !== undefined || wrongs.length > 0,
      ),
    PATIENCE_MS,
  );
  const wrongs = members.flatMap((member) => [
    ...member.wrongs,
    ...(member.fate === undefined ? [] : [`client ${member.id} lost its connection: ${member.fate}`]),
    ...(member.answered === member.asked ? [] : [`client ${member.id}: ${member.open} without an answer`]),
  ]);
  if (wrongs.length > 0) throw new Error(`${wrongs.length} wrongs: ${wrongs.slice(0, 5).join('; ')}`);
  const sum = (of: (member: Member) => number): number => members.reduce((all, one) => all + of(one), 0);
  return {
    clients: members.length,
    requests: sum(({ answered }) => answered),
    texts: sum(({ heard }) => heard.size),
    forwarded: sum(({ forwarded }) => forwarded),
  };
}
