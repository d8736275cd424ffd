/** sys: the C socket functions at the prompt, and their constants as names. */
import { CONSTANTS, Sys, SYS_CALLS, type SysCall, type SysEvent } from '../../net/index.ts';
import type { Command } from '../command.ts';
import { currentSignal, type Scope } from '../evaluator.ts';
import { shownAs } from '../shown.ts';
import { markAsCommand } from './help.ts';

export const sys: Command = {
  name: 'sys',
  signature: 'sys()',
  help: 'the C socket functions, one by one: sys.socket, sys.listen, …',
  about:
    'Gives the list of them; help(sys.listen) tells all of one, docs/SYS.md shows a session. Each call prints what the ' +
    "kernel's socket has become, so that one can stop between listen and accept and look. Constants are names: AF_INET, " +
    'SOL_SOCKET, or sys.AF_INET. Calls that wait do not stop the prompt from working, and Ctrl-C ends them. Linux only.',
  example: 'sys()',
  arguments: [],
  options: {},
  run: () => {
    const width = Math.max(...SYS_CALLS.map(({ signature }) => signature.length));
    return shownAs({ calls: SYS_CALLS.map(({ name }) => name) }, () =>
      SYS_CALLS.map(({ signature, help }) => `  sys.${signature.padEnd(width)}  ${help}`).join('\n'),
    );
  },
};

/** One call of the table as help knows commands. */
export const asCommand = ({ name, signature, c, help, about, example }: SysCall): Command => ({
  name: `sys.${name}`,
  signature: `sys.${signature}`,
  help,
  about: c === undefined ? about : `In C: ${c}. ${about}`,
  example,
  arguments: [],
  options: {},
  run: () => undefined,
});

/** Puts the calls and the constants on the function `sys` of `scope`, and the constants beside it. */
export function bindSys(scope: Scope, observe: (event: SysEvent) => void): Sys {
  const api = new Sys({ signal: currentSignal, observe });
  const bound = scope['sys'] as object;
  // What a function has by itself (bind, call, …) is not C's: TAB offers our own only.
  Object.setPrototypeOf(bound, null);
  for (const call of SYS_CALLS) {
    const run = (...args: unknown[]): unknown =>
      // As every command: code that was interrupted gets no more answers.
      currentSignal()?.aborted === true ? new Promise(() => undefined) : call.run(api, args);
    Object.defineProperty(run, 'name', { value: call.name });
    shownAs(run, () => `sys.${call.signature}: ${call.help}`);
    markAsCommand(run, asCommand(call));
    Object.defineProperty(bound, call.name, { value: run, enumerable: true });
  }
  for (const [name, value] of Object.entries(CONSTANTS)) {
    Object.defineProperty(bound, name, { value, enumerable: true });
    scope[name] = value;
  }
  return api;
}
