/**
 * TAB. Nothing is run for it: no expression is evaluated, no getter called, nobody asked over the network. It reads
 * the command table, the scope's plain data and the last list of clients that a command got.
 */
import { types } from 'node:util';
import { COMMANDS } from '../commands.ts';
import type { Scope } from '../evaluator.ts';
import { EVENTS } from '../handlers.ts';
import type { Session } from '../session.ts';

export type Completion = readonly [candidates: string[], of: string];

const KEYWORDS = [
  'await',
  'async',
  'class',
  'const',
  'for',
  'function',
  'if',
  'import',
  'let',
  'new',
  'return',
];

export function complete(
  line: string,
  session: Pick<Session, 'known'>,
  scope: Scope,
  dotCommands: readonly string[],
): Completion {
  const dot = /^\s*\.(\w*)$/.exec(line);
  if (dot)
    return among(
      dotCommands.map((name) => `.${name}`),
      `.${dot[1] ?? ''}`,
    );
  const inCall = argument(line, session);
  if (inCall) return inCall;
  const member = /((?:[A-Za-z_$][\w$]*)(?:\.[A-Za-z_$][\w$]*|\[\d+\])*)\.([\w$]*)$/.exec(line);
  if (member?.[1] !== undefined) {
    const target = follow(member[1], scope);
    const prefix = `${member[1]}.`;
    const wanted = member[2] ?? '';
    return among(
      namesOf(target).map((name) => prefix + name),
      prefix + wanted,
    );
  }
  // Inside a text there is nothing to offer.
  if (/^(?:[^'"`]|'[^']*'|"[^"]*"|`[^`]*`)*['"`][^'"`]*$/.test(line)) return [[], ''];
  const word = /[A-Za-z_$][\w$]*$/.exec(line)?.[0] ?? '';
  if (word === '' && line.trim() !== '') return [[], ''];
  const commands = COMMANDS.map((command) => command.name);
  if (word === '') return among(commands, '');
  return among([...Object.keys(scope), ...KEYWORDS, ...Object.getOwnPropertyNames(globalThis)], word);
}

/** Inside `send(`, `on('`, `help(` and the options of a call. */
function argument(line: string, session: Pick<Session, 'known'>): Completion | undefined {
  const call = /\b(\w+)\(([^()]*)$/.exec(line);
  const command = COMMANDS.find((one) => one.name === call?.[1]);
  if (!command || call?.[2] === undefined) return undefined;
  const typed = call[2];
  const option = /\{[^{}]*?([A-Za-z]*)$/.exec(typed);
  if (option) {
    // Behind a colon stands a value, which is the user's own.
    if (/:\s*[^,]*$/.test(option[0])) return undefined;
    return among(
      Object.keys(command.options).map((name) => `${name}: `),
      option[1] ?? '',
    );
  }
  const parts = typed.split(',');
  const wanted = (parts.at(-1) ?? '').trimStart();
  switch (command.arguments[parts.length - 1]) {
    case 'client':
      return among(
        session.known.map((client) => String(client.id)),
        wanted,
      );
    case 'event':
      return among(
        EVENTS.map((event) => quoted(event, wanted)),
        wanted,
      );
    case 'command':
      return among(
        COMMANDS.map((one) => one.name),
        wanted,
      );
    default:
      return undefined;
  }
}

function quoted(text: string, like: string): string {
  return like.startsWith('"') ? `"${text}"` : `'${text}'`;
}

function among(names: readonly string[], wanted: string): Completion {
  const found = [...new Set(names)].filter((name) => name.startsWith(wanted)).sort();
  return [found, wanted];
}

/** The value at `a.b[0].c`, as far as plain data properties go; a getter or a proxy ends the search. */
function follow(path: string, scope: Scope): unknown {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  const [first = '', ...rest] = steps;
  let value = Object.hasOwn(scope, first) ? scope[first] : dataProperty(globalThis, first);
  for (const step of rest) value = dataProperty(value, step);
  return value;
}

function dataProperty(value: unknown, name: string): unknown {
  for (
    let holder = holderOf(value);
    holder !== null;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    if (types.isProxy(holder)) return undefined;
    const found = Object.getOwnPropertyDescriptor(holder, name);
    if (found) return found.value;
  }
  return undefined;
}

/** Where the properties of `value` are looked up: itself, or what its primitive is wrapped in. */
function holderOf(value: unknown): object | null {
  if (value === undefined || value === null) return null;
  return Object(value) as object;
}

function namesOf(value: unknown): string[] {
  const names = new Set<string>();
  for (
    let holder = holderOf(value);
    holder !== null;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    if (types.isProxy(holder)) break;
    if (holder === Object.prototype && names.size > 0) break;
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (/^[A-Za-z$][\w$]*$/.test(name) && name !== 'constructor') names.add(name);
    }
  }
  return [...names];
}
