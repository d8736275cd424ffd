import { Writer } from '../../src/bytes/index.ts';
import { requestNumber } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';
import { disperse, gather } from './crowd.ts';
import { withDaemon } from './daemon.ts';
import { clp, type Member } from './member.ts';
import { residentBytes } from './memory.ts';

export interface SlowReaderFigures {
  readonly clients: number;
  readonly slow: number;
  /** Medians of the windows, in milliseconds: before some stopped to read, and while they do not. */
  readonly p99BeforeMs: number;
  readonly p99DuringMs: number;
  readonly ratio: number;
  readonly growthMiB: number;
  /** Cut off by the server as too slow. */
  readonly cut: number;
  /** Of the half that looked when it was cut off, those who could still read why: see docs/HARM.md. */
  readonly told: number;
}

const STALL_S = 8;
/** What one who asks without end writes at once; nobody notes what it asked. */
const BURST = burst(8_192);

/**
 * `slow` of `clients` ask without end and stop reading. The others ask, one request at a time each; how long they wait
 * is measured in windows before and during.
 */
export async function slowReaders(
  clients: number,
  slow: number,
  windowMs: number,
): Promise<SlowReaderFigures> {
  return withDaemon({ args: ['--stall', String(STALL_S)] }, async (daemon) => {
    const members = await gather(daemon.port, clients);
    const deaf = members.slice(0, slow);
    const others = members.slice(slow);
    await p99(others, windowMs);
    const before = [await p99(others, windowMs), await p99(others, windowMs), await p99(others, windowMs)];
    const { now: residentBefore } = residentBytes(daemon.pid);
    for (const member of deaf) {
      member.socket.pause();
      // When it looks, some 275,000 answers lie before the last words; a sentence about each would make it a slower reader
      // than there is.
      member.notes = false;
    }
    const pouring = setInterval(() => deaf.forEach(pour), 20);
    const during: number[] = [];
    try {
      // Both kernels' buffers are full, and the server leaves their requests in the kernel.
      await untilQuiet(deaf);
      for (let i = 0; i < 3; i++) during.push(await p99(others, windowMs));
    } finally {
      clearInterval(pouring);
    }
    const { most } = residentBytes(daemon.pid);
    // Half of them look what has come as soon as they are out of the server's list; the other half never does.
    const looking = deaf.slice(0, slow / 2);
    await until(
      'all are cut off',
      async () => {
        const there = await daemon.clientIds();
        for (const { id, socket } of looking) if (!there.has(id) && socket.isPaused()) socket.resume();
        return deaf.every(({ id }) => !there.has(id));
      },
      120_000,
    );
    const isCut = ({ why }: Record<string, unknown>): boolean => why === 'too-slow';
    await until('all are gone', () => daemon.events('disconnected').filter(isCut).length >= slow, 120_000);
    await until('the last words are read', () => looking.every(({ fate }) => fate !== undefined));
    const wrongs = others.flatMap((member) => member.wrongs);
    if (wrongs.length > 0) throw new Error(wrongs.slice(0, 3).join('; '));
    if (others.some(({ fate }) => fate !== undefined))
      throw new Error('one of the others lost its connection');
    const figures = {
      clients,
      slow,
      p99BeforeMs: round(median(before)),
      p99DuringMs: round(median(during)),
      ratio: round(median(during) / median(before)),
      growthMiB: Math.round((most - residentBefore) / 1_048_576),
      cut: daemon.events('disconnected').filter(isCut).length,
      told: deaf.filter(({ bye }) => bye === 'too-slow').length,
    };
    disperse(members);
    return figures;
  });
}

/** Nothing more goes in: for half a second no byte was taken of any of them. */
async function untilQuiet(deaf: readonly Member[]): Promise<void> {
  let [before, sinceMs] = [-1, 0];
  await until(
    'nothing more goes in',
    () => {
      const taken = deaf.reduce((sum, { socket }) => sum + socket.bytesWritten - socket.writableLength, 0);
      if (taken !== before) [before, sinceMs] = [taken, performance.now()];
      return performance.now() - sinceMs > 500 && deaf.some(({ socket }) => socket.writableLength > 0);
    },
    120_000,
  );
}

function pour(member: Member): void {
  if (member.socket.writableLength === 0 && member.socket.writable) member.socket.write(BURST);
}

/** Everybody asks again as soon as it is answered; the 99th percentile of how long that took, in milliseconds. */
async function p99(members: readonly Member[], windowMs: number): Promise<number> {
  const tookMs: number[] = [];
  const end = performance.now() + windowMs;
  for (const member of members) {
    let askedMs = performance.now();
    member.onAnswer = () => {
      const now = performance.now();
      tookMs.push(now - askedMs);
      if (now >= end) return;
      askedMs = now;
      member.ask('time');
      member.flush();
    };
    member.ask('time');
    member.flush();
  }
  await until('the window is over', () => members.every(({ open }) => open === 0), 120_000);
  tookMs.sort((a, b) => a - b);
  return tookMs[Math.floor(0.99 * tookMs.length)] ?? NaN;
}

function burst(count: number): Buffer {
  const writer = new Writer();
  for (let number = 1; number <= count; number++)
    clp.encode({ type: 'name.request', request: requestNumber(number) }, writer);
  return Buffer.from(writer.take());
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

const round = (value: number): number => Math.round(100 * value) / 100;
