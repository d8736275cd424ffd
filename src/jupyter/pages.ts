/** Help on one name: `send?` in a cell, and Shift-Tab. Nothing is run for it. */
import { inspect } from 'node:util';
import { commandText, COMMANDS, type Scope } from '../repl/index.ts';
import { safeLines } from '../bytes/index.ts';
import { HELPERS } from './helper-table.ts';
import type { MimeBundle } from './outputs.ts';

/** The page that `name?` or `?name` asks for; undefined when the code is something else. */
export function pageFor(code: string, scope: Scope): MimeBundle | undefined {
  const asked = /^\s*(?:\?\s*([\w$]+)|([\w$]+)\s*\?)\s*$/.exec(code);
  const name = asked?.[1] ?? asked?.[2];
  if (name === undefined) return undefined;
  return aboutName(name, scope) ?? { 'text/plain': `${name}: no such name; help() lists the commands` };
}

/** What is known of the name around `cursor`. */
export function inspectAt(code: string, cursor: number, scope: Scope): MimeBundle | undefined {
  const before = /[\w$]*$/.exec(code.slice(0, cursor))?.[0] ?? '';
  const after = /^[\w$]*/.exec(code.slice(cursor))?.[0] ?? '';
  // Between the brackets of a call the reader asks about what is being called.
  const name = before + after || (/([\w$]+)\s*\([^()]*$/.exec(code.slice(0, cursor))?.[1] ?? '');
  return name === '' ? undefined : aboutName(name, scope);
}

function aboutName(name: string, scope: Scope): MimeBundle | undefined {
  const command = COMMANDS.find((one) => one.name === name);
  if (command) return { 'text/plain': commandText(command) };
  const helper = HELPERS.find((one) => one.name === name);
  if (helper) return { 'text/plain': `${helper.signature}\n  ${helper.help}\n\nexample: ${helper.example}` };
  if (!Object.hasOwn(scope, name)) return undefined;
  const text = inspect(scope[name], { depth: 1, customInspect: false, getters: false });
  return { 'text/plain': safeLines(text) };
}
