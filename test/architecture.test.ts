import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const src = join(root, 'src');

/** Which rooms a room may import. `bin` sees all; every other arrow points towards plain data. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  bytes: [],
  clock: [],
  files: ['bytes'],
  wire: ['bytes'],
  chat: ['bytes', 'wire'],
  kernel: ['bytes'],
  net: ['bytes', 'wire', 'chat', 'kernel'],
  repl: ['bytes', 'files', 'wire', 'chat', 'net'],
  tcp: ['bytes'],
  host: ['bytes', 'clock', 'kernel'],
  check: ['bytes', 'wire', 'tcp'],
  dash: ['bytes', 'net', 'host', 'tcp', 'check'],
  lab: ['bytes', 'files', 'wire', 'chat', 'net', 'tcp', 'host', 'check', 'clock'],
  grade: ['bytes', 'files', 'wire', 'chat', 'net', 'tcp', 'host', 'check', 'lab', 'jupyter'],
  jupyter: ['bytes', 'wire', 'net', 'repl', 'tcp', 'host', 'check'],
};

/** Modules that reach outside the process, and the rooms that may. Pure rooms are in none of these lists. */
const MAY_REACH: Record<string, readonly string[]> = {
  // The grader sends what no client of ours would: half packets, garbage, resets.
  'node:net': ['net', 'grade/peers/peer.ts', 'grade/clients/relay.ts', 'bin'],
  'node:tls': ['net/tls-transport.ts'],
  'node:fs': [
    'wire/load.ts',
    'wire/open.ts',
    'wire/shipped.ts',
    'files',
    'net/libc/kernel-state.ts',
    // writeSync, on a socket's own descriptor.
    'net/node-transport.ts',
    'host',
    'lab',
    'dash',
    'grade',
    'jupyter',
    'repl',
    'bin',
  ],
  'node:fs/promises': ['wire/load.ts', 'host', 'lab', 'grade', 'jupyter', 'repl', 'bin'],
  'node:child_process': [],
  execa: ['host', 'bin'],
  zeromq: ['jupyter/front.ts'],
  pino: ['net', 'bin'],
  koffi: ['net/libc/functions.ts'],
  blessed: ['dash'],
  commander: ['bin'],
};

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

const roomOf = (file: string): string => relative(src, file).split('/')[0] ?? '';

test('rooms import only the faces of rooms they may see', () => {
  const wrong: string[] = [];
  for (const file of filesUnder(src)) {
    const room = roomOf(file);
    for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
      const path = resolve(dirname(file), target);
      const other = roomOf(path);
      if (other === room) continue;
      const where = `${relative(root, file)} imports ${relative(root, path)}`;
      if (room !== 'bin' && !(MAY_IMPORT[room] ?? []).includes(other)) wrong.push(`${where}: no such arrow`);
      if (relative(src, path) !== join(other, 'index.ts')) wrong.push(`${where}: not a face`);
    }
  }
  expect(wrong).toEqual([]);
});

test('only the rooms named here reach outside the process', () => {
  const wrong: string[] = [];
  for (const file of filesUnder(src)) {
    const place = relative(src, file);
    for (const name of importsOf(file)) {
      const allowed = MAY_REACH[name];
      if (allowed && !allowed.some((entry) => entry === place || entry === roomOf(file))) {
        wrong.push(`${place} imports ${name}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

/** What students cause and read comes from these rooms: none of their errors may be marked as for operators only. */
const BILINGUAL = ['bytes', 'wire', 'chat', 'tcp', 'kernel', 'check', 'repl', 'dash'];

test('rooms whose errors students read leave none of them in English', () => {
  const wrong = filesUnder(src)
    .filter((file) => BILINGUAL.includes(roomOf(file)))
    .filter((file) => /\benglish\(/.test(readFileSync(file, 'utf8')))
    .map((file) => relative(src, file));
  expect(wrong).toEqual([]);
});

test('every room is in the table and has a face', () => {
  const rooms = readdirSync(src);
  expect(rooms.filter((room) => room !== 'bin' && !(room in MAY_IMPORT))).toEqual([]);
  expect(rooms.filter((room) => room !== 'bin' && !existsSync(join(src, room, 'index.ts')))).toEqual([]);
});
