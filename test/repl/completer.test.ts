import { expect, test } from 'vitest';
import type { Scope } from '../../src/repl/index.ts';
import { complete } from '../../src/repl/terminal/completer.ts';
import { type ClientEntry, clientId } from '../../src/wire/index.ts';

const known: ClientEntry[] = [2, 13, 14].map((id) => ({
  id: clientId(id),
  address: '127.0.0.1',
  port: 5000 + id,
  name: '',
}));

const fail = (): never => {
  throw new Error('TAB ran something');
};
const scope: Scope = {
  heartbeat: fail,
  disconnect: fail,
  all: known,
  trap: Object.defineProperty({ open: { deep: 1 } }, 'closed', { get: fail, enumerable: true }),
  proxy: new Proxy(
    {},
    { get: fail, ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail, has: fail },
  ),
};

const candidates = (line: string): readonly string[] =>
  complete(line, { known }, scope, ['save', 'load', 'menu'])[0];

test.each<[string, string[]]>([
  ['heart', ['heartbeat']],
  ['await discon', ['disconnect']],
  ['.', ['.load', '.menu', '.save']],
  ['send(', ['13', '14', '2']],
  ['await send(1', ['13', '14']],
  ['send(2, ', []],
  ["on('", ["'message'", "'state'"]],
  ['off("m', ['"message"']],
  ['help(se', ['send']],
  ['time({ ', ['signal: ', 'timeoutMs: ']],
  ['time({ timeoutMs: 5, s', ['signal: ']],
  ['time({ timeoutMs: ', []],
  ["connect('h', 1, { na", ['name: ']],
  ['trap.open.', ['trap.open.deep']],
  ['trap.closed.', []],
  ['trap.clo', ['trap.closed']],
  ['proxy.', []],
  ['all[1].', ['all[1].address', 'all[1].id', 'all[1].name', 'all[1].port']],
  ['all.le', ['all.length']],
  ['"text with he', []],
  ['nothing.at.all.', []],
])('%s', (line, expected) => {
  expect(candidates(line)).toEqual(expected);
});

test('an empty line offers the commands', () => {
  expect(candidates('')).toContain('connect');
});
