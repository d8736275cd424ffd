import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bindCommands, COMMANDS, commandReference, Evaluator, Session } from '../../src/repl/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';

const PAGE = new URL('../../docs/REPL.md', import.meta.url);

test('docs/REPL.md has the command table as it is', () => {
  const page = readFileSync(PAGE, 'utf8');
  const fresh = page.replace(
    /(<!-- commands:.*?-->\n)[^]*(<!-- end of commands -->)/,
    (_all, start: string, end: string) =>
      [start, commandReference(), end].join('\n').replace('\n\n', '\n').replace(`\n${end}`, `\n\n${end}`),
  );
  if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, fresh);
  expect(commandReference().length).toBeGreaterThan(1000);
  expect(page === fresh || process.env['UPDATE_DOCS'] !== undefined).toBe(true);
});

test.each(COMMANDS.map((command) => [command.name, command] as const))(
  '%s is described in full',
  (_name, command) => {
    expect(command.signature.startsWith(`${command.name}(`)).toBe(true);
    expect(command.help).toMatch(/^\S.{9,70}$/);
    expect(command.about.length).toBeGreaterThan(30);
    expect(command.example).toContain(`${command.name}(`);
    // As many arguments as the signature names, and options where it does.
    const named = command.signature
      .slice(command.name.length + 1, -1)
      .split(',')
      .filter(Boolean);
    expect(named.some((one) => one.includes('options'))).toBe(Object.keys(command.options).length > 0);
  },
);

test('every command, and nothing else, is bound', () => {
  const session = new Session({ protocol: loadProtocol('clp'), target: { host: '127.0.0.1', port: 1 } });
  const evaluator = new Evaluator();
  bindCommands(session, evaluator.scope);
  const names = Object.keys(evaluator.scope).filter((name) => typeof evaluator.scope[name] === 'function');
  expect(names.sort()).toEqual(COMMANDS.map((command) => command.name).sort());
});

test('help lists every command; help(command) and help("command") tell all of one', async () => {
  const session = new Session({ protocol: loadProtocol('clp'), target: { host: '127.0.0.1', port: 1 } });
  const evaluator = new Evaluator();
  bindCommands(session, evaluator.scope);
  const run = (code: string): Promise<unknown> => evaluator.run(code, { file: 'prompt' });
  expect(await run('help()')).toEqual({ commands: COMMANDS.map((command) => command.name) });
  expect(await run('help(send)')).toMatchObject({ name: 'send', example: "await send(2, 'hello')" });
  expect(await run('help("list")')).toMatchObject({ name: 'list' });
  await expect(run('help("sned")')).rejects.toMatchObject({ code: 'wrong-call', fault: 'usage' });
});
