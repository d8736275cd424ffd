/** An hour (--minutes) at half of what this machine can do: memory and descriptors stay flat. */
import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { disperse, gather } from '../../test/harm/crowd.ts';
import { type Daemon, withDaemon } from '../../test/harm/daemon.ts';
import { Member } from '../../test/harm/member.ts';
import { residentBytes } from '../../test/harm/memory.ts';
import { soak } from './soak.ts';

const CLIENTS = 500;
const TICK_MS = 10;
const SAMPLES = 60;
/** Texts and questions: one in so many requests is a text. */
const TEXT_EACH = 8;

await soak('half-load', ({ minutes, short }) =>
  withDaemon({ args: ['--unlisted'] }, async (daemon) => {
    const members = await gather(daemon.port, CLIENTS);
    const most = await fullSpeed(members, short ? 2_000 : 10_000);
    const lengthMs = short ? 10_000 : minutes * 60_000;
    const samples = await halfSpeed(daemon, members, most / 2, lengthMs);
    const wrongs = members.flatMap((member) => member.wrongs);
    if (wrongs.length > 0) throw new Error(wrongs.slice(0, 3).join('; '));
    if (daemon.count('failed') > 0) throw new Error(JSON.stringify(daemon.events('failed')[0]));
    // The first tenth is warming up.
    const rest = samples.slice(Math.ceil(samples.length / 10));
    const third = Math.max(1, Math.floor(rest.length / 3));
    const [early, late] = [rest.slice(0, third), rest.slice(-third)];
    const mib = (of: readonly Sample[]): number => average(of.map(({ residentMiB }) => residentMiB));
    const figures = {
      minutes: Math.round(lengthMs / 6_000) / 10,
      requestsPerSecond: Math.round(average(rest.map(({ rate }) => rate))),
      fullSpeed: Math.round(most),
      clientsThatCameAndWent: daemon.count('connected') - CLIENTS,
      earlyMiB: Math.round(mib(early)),
      lateMiB: Math.round(mib(late)),
      fewestDescriptors: Math.min(...rest.map(({ descriptors }) => descriptors)),
      mostDescriptors: Math.max(...rest.map(({ descriptors }) => descriptors)),
    };
    disperse(members);
    if (figures.lateMiB > 1.1 * figures.earlyMiB + 8)
      throw new Error(`memory grows: ${JSON.stringify(figures)}`);
    if (figures.mostDescriptors - figures.fewestDescriptors > 16)
      throw new Error(`descriptors are not flat: ${JSON.stringify(figures)}`);
    return figures;
  }),
);

interface Sample {
  readonly residentMiB: number;
  readonly descriptors: number;
  readonly rate: number;
}

/** Everybody asks again as soon as it is answered. Answers a second. */
async function fullSpeed(members: readonly Member[], ms: number): Promise<number> {
  const before = answers(members);
  for (const member of members) {
    member.onAnswer = () => {
      member.ask('time');
      member.flush();
    };
    member.ask('time');
    member.flush();
  }
  const startMs = performance.now();
  await wait(ms);
  for (const member of members) member.onAnswer = undefined;
  return ((answers(members) - before) / (performance.now() - startMs)) * 1000;
}

/** So many requests a second, a text among eight; each fiftieth tick one client goes and another comes. */
async function halfSpeed(
  daemon: Daemon,
  members: Member[],
  rate: number,
  lengthMs: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startMs = performance.now();
  let [asked, at, ticks] = [0, 0, 0];
  let [sampleMs, sampleAsked] = [startMs, 0];
  while (performance.now() - startMs < lengthMs) {
    const due = Math.floor(((performance.now() - startMs) / 1000) * rate) - asked;
    for (let i = 0; i < due; i++, at = (at + 1) % members.length) {
      const member = members[at];
      const other = members[(at + 11) % members.length];
      if (member?.id === 0 || member === undefined || other === undefined) continue;
      // Nobody sends to the last one, which may be gone.
      if (++asked % TEXT_EACH === 0 && other !== members.at(-1)) member.text(other.id, `${asked}`);
      else member.ask(asked % 2 === 0 ? 'time' : 'name');
    }
    for (const member of members) member.flush();
    if (ticks++ % 50 === 0) replaceOne(daemon.port, members);
    for (const member of members) if (member.heard.size > 1_000) member.heard.clear();
    if (performance.now() - sampleMs >= lengthMs / SAMPLES) {
      const now = performance.now();
      samples.push({
        residentMiB: residentBytes(daemon.pid).now / 1_048_576,
        descriptors: readdirSync(`/proc/${daemon.pid}/fd`).length,
        rate: ((asked - sampleAsked) / (now - sampleMs)) * 1000,
      });
      [sampleMs, sampleAsked] = [now, asked];
    }
    await wait(TICK_MS);
  }
  return samples;
}

/** The last one goes and another comes. */
function replaceOne(port: number, members: Member[]): void {
  const last = members.at(-1);
  if (last === undefined) return;
  last.socket.end();
  members[members.length - 1] = new Member(port);
}

function answers(members: readonly Member[]): number {
  return members.reduce((sum, member) => sum + member.answered, 0);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
