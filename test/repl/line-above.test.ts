/** A message that comes in leaves the line being typed whole: cell by cell, against a model of a terminal. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { testUnless } from '../helpers/skip.ts';
import { until } from '../helpers/until.ts';
import { type Client, connect } from '../../src/net/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { COMMAND, scratch, startServer } from './helpers.ts';
import { type Cursor, layOut, NO_TMUX, Tmux } from '../helpers/tmux.ts';

const HEIGHT = 40;

interface Room {
  readonly terminal: Tmux;
  readonly other: Client;
  readonly me: number;
  readonly prompt: string;
  readonly label: string;
}

async function enter(): Promise<Room> {
  const { server, address } = await startServer();
  const folder = scratch();
  const env = { XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder, NO_COLOR: '1', LC_ALL: 'C.UTF-8' };
  const terminal = new Tmux([...COMMAND, address], env, 80, HEIGHT);
  const prompt = `#1 ${address}> `;
  await terminal.shows(prompt.trimEnd());
  const other = await connect({ host: '127.0.0.1', port: server.local.port, protocol: loadProtocol('clp') });
  return { terminal, other, me: 1, prompt, label: `[client ${other.id} 127.0.0.1:${other.local.port}] ` };
}

const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Array.from('abcxyz0189 _-+=()[]{}"\'.,:;/')) },
  { weight: 3, arbitrary: fc.constantFrom(...Array.from('网络实验套接字，：')) },
  { weight: 2, arbitrary: fc.constantFrom('😀', '🎉', '🚀', 'e\u0301', 'é', 'ß') },
);
const textOf = (most: number): fc.Arbitrary<string> =>
  fc.array(character, { maxLength: most }).map((all) => all.join(''));

/** A new width, once the program knows it: tmux tells it after a while, and what is drawn before is drawn for the old. */
async function resize({ terminal, prompt }: Room, columns: number): Promise<void> {
  terminal.press('C-e', 'C-u');
  terminal.resize(columns, HEIGHT);
  await until('the width has arrived', () => {
    terminal.press('C-c', 'C-l');
    terminal.type('process.stdout.columns + 1e4');
    terminal.press('Enter');
    return until('an answer', () => terminal.rows().find((row) => /^1\d{4}$/.test(row))).then(
      (row) => row === String(10_000 + columns),
    );
  });
  terminal.press('C-l');
  await terminal.wait('an empty prompt', (rows, cursor) => fits(rows, cursor, [prompt], prompt, columns));
}

/** Do the last rows of the screen show `parts`, each wrapped, one under the other, with the cursor at its place? */
function fits(rows: string[], cursor: Cursor, parts: string[], before: string, columns: number): boolean {
  const laid = parts.flatMap((part) => layOut(part, columns).rows);
  while (laid.at(-1) === '') laid.pop();
  const top = rows.length - laid.length;
  const shown = top >= 0 ? rows.slice(top) : rows;
  const wanted = top >= 0 ? laid : laid.slice(-rows.length);
  if (shown.join('\n') !== wanted.join('\n')) return false;
  const above = parts.slice(0, -1).flatMap((part) => layOut(part, columns).rows).length;
  const { end } = layOut(before, columns);
  return cursor.column === end.column && cursor.row === top + above + end.row;
}

testUnless(
  NO_TMUX,
  'a burst of messages over a line: any width, any text, the cursor anywhere',
  async () => {
    const room = await enter();
    const { terminal, other, me, prompt, label } = room;
    const cases = fc.record({
      columns: fc.integer({ min: 22, max: 110 }),
      typed: textOf(120),
      back: fc.nat(40),
      burst: fc.array(textOf(60), { minLength: 1, maxLength: 12 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ columns, typed, back, burst }) => {
        const mark = `<${round++}>`;
        await resize(room, columns);
        terminal.type(typed);
        const characters = Array.from(typed);
        const left = Math.min(back, characters.length);
        terminal.pressTimes('Left', left);
        const before = prompt + characters.slice(0, characters.length - left).join('');
        await terminal.wait('the typed line', (rows, cursor) =>
          fits(rows, cursor, [prompt + typed], before, columns),
        );
        const texts = [...burst, mark];
        await Promise.all(texts.map((text) => other.send(me, text)));
        const parts = [...texts.map((text) => label + text), prompt + typed];
        await terminal.wait(JSON.stringify({ columns, typed, left, burst }), (rows, cursor) =>
          fits(rows, cursor, parts, before, columns),
        );
      }),
      {
        numRuns: 20,
        endOnFailure: true,
        ...(process.env['SEED'] ? { seed: Number(process.env['SEED']) } : {}),
      },
    );
  },
  300_000,
);

testUnless(NO_TMUX, 'an unfinished input of several lines stays too, and runs afterwards', async () => {
  const room = await enter();
  const { terminal, other, me, prompt, label } = room;
  for (const columns of [30, 47, 80]) {
    await resize(room, columns);
    const lines = ['function f(a) {', `  const long = '${'套接字 socket '.repeat(5)}';`, '  return a + lo'];
    lines.forEach((line, index) => {
      terminal.type(line);
      if (index < lines.length - 1) terminal.press('Enter');
    });
    const parts = lines.map((line, index) => (index === 0 ? prompt : '| ') + line);
    await terminal.wait('the lines', (rows, cursor) =>
      fits(rows, cursor, parts, parts.at(-1) ?? '', columns),
    );
    await Promise.all(['one', '二'].map((text) => other.send(me, text)));
    const after = [`${label}one`, `${label}二`, ...parts];
    await terminal.wait('messages above', (rows, cursor) =>
      fits(rows, cursor, after, parts.at(-1) ?? '', columns),
    );
    terminal.type('ng.length }');
    terminal.press('Enter');
    terminal.type(`f(${columns}000)`);
    terminal.press('Enter');
    await terminal.shows(new RegExp(`^${columns * 1000 + 55}$`));
  }
});

testUnless(NO_TMUX, "a peer's escapes, line ends and bidi controls are shown, not obeyed", async () => {
  const { terminal, other, me, prompt, label } = await enter();
  terminal.type('half a li');
  await terminal.shows('half a li');
  await other.send(me, 'a\u001b[2Jb\r\nc\u202ed\u009b1mé\ttab\u0000');
  const parts = [`${label}a\\x1b[2Jb\\r\\nc\\u{202e}d\\x9b1mé\\ttab\\0`, `${prompt}half a li`];
  await terminal.wait('the message', (rows, cursor) => fits(rows, cursor, parts, parts[1] ?? '', 80));
});

testUnless(NO_TMUX, 'a resize under a wrapped line, then a message: nothing is left behind', async () => {
  const { terminal, other, me, prompt, label } = await enter();
  const typed = 'const wrapped = "0123456789 网络 0123456789 网络 0123456789 0123456789"';
  const tell = 'send(2, `${process.stdout.columns} columns`)';
  terminal.type(`void process.stdout.on('resize', () => ${tell})`);
  terminal.press('Enter', 'C-l');
  terminal.type(typed);
  await terminal.wait('typed', (rows, cursor) => fits(rows, cursor, [prompt + typed], prompt + typed, 80));
  for (const columns of [50, 33, 90, 61]) {
    const told = new Promise((resolve) => other.once('message', ({ text }) => resolve(text)));
    terminal.resize(columns, HEIGHT);
    // tmux shows its own reflow at once and tells the program later.
    expect(await told).toBe(`${columns} columns`);
    await terminal.wait(`resized to ${columns}`, (rows, cursor) =>
      fits(rows, cursor, [prompt + typed], prompt + typed, columns),
    );
    await other.send(me, `at ${columns}`);
    const parts = [`${label}at ${columns}`, prompt + typed];
    await terminal.wait(`message at ${columns}`, (rows, cursor) =>
      fits(rows, cursor, parts, prompt + typed, columns),
    );
  }
  expect(terminal.rows().filter((row) => row.includes('const wrapped'))).toHaveLength(1);
});

testUnless(NO_TMUX, 'a message while code runs does not wait for it', async () => {
  const { terminal, other, me, label } = await enter();
  terminal.type('await receive()');
  terminal.press('Enter');
  terminal.type('1 + 41');
  terminal.press('Enter');
  await until('the program waits', async () => (await other.list()).length === 2);
  await other.send(me, 'now');
  await terminal.shows(`${label}now`);
  await terminal.shows(/^42$/);
});

testUnless(
  NO_TMUX,
  'text pasted into the middle of a line, or filling its row, is on the screen as it is',
  async () => {
    const room = await enter();
    const { terminal, other, me, prompt, label } = room;
    await resize(room, 40);
    terminal.type('ends');
    terminal.pressTimes('Left', 4);
    const pasted = '网'.repeat(3) + 'x'.repeat(80 - prompt.length - 6 - 4);
    terminal.type(pasted);
    const before = prompt + pasted;
    await terminal.wait('pasted', (rows, cursor) => fits(rows, cursor, [`${before}ends`], before, 40));
    terminal.press('End');
    await other.send(me, 'hi');
    const parts = [`${label}hi`, `${before}ends`];
    await terminal.wait('a message over a full row', (rows, cursor) =>
      fits(rows, cursor, parts, `${before}ends`, 40),
    );
  },
);
