/** The one command table. Whatever is said about commands anywhere is made from it. */
import { text } from '../bytes/index.ts';
import { type Sys, type SysEvent, sysEventText } from '../net/index.ts';
import type { Command } from './command.ts';
import { clients } from './commands/clients.ts';
import { connect, disconnect, me } from './commands/connection.ts';
import { makeHelp, markAsCommand } from './commands/help.ts';
import { off, on, receive } from './commands/messages.ts';
import { heartbeat, list, name, send, time } from './commands/requests.ts';
import { bindSys, sys } from './commands/sys.ts';
import { currentSignal, type Scope } from './evaluator.ts';
import type { Session } from './session.ts';
import { shownAs } from './shown.ts';

const help = makeHelp(() => COMMANDS);

export const COMMANDS: readonly Command[] = [
  connect,
  disconnect,
  time,
  name,
  list,
  send,
  receive,
  on,
  off,
  heartbeat,
  me,
  clients,
  sys,
  help,
];

/**
 * Puts every command into `scope`, bound to `session`; and all of them once more into `chat`, for whoever calls a
 * variable `time`. What `sys` calls did goes to `observe`, or is told by the session. Gives the `sys` whose sockets they are:
 * where the process goes on behind the session, `end()` closes them.
 */
export function bindCommands(
  session: Session,
  scope: Scope,
  observe: (event: SysEvent) => void = (event) =>
    session.emit('notice', text(sysEventText(event, 'en'), sysEventText(event, 'zh'))),
): Sys {
  const chat: Record<string, unknown> = {};
  for (const command of COMMANDS) {
    const call = (...args: unknown[]): unknown => {
      const signal = currentSignal();
      // Code that was interrupted gets no more answers: a loop that catches every error must not spin for ever.
      if (signal?.aborted) return new Promise(() => undefined);
      return command.run(session, args, signal === undefined ? {} : { signal });
    };
    Object.defineProperty(call, 'name', { value: command.name });
    shownAs(call, () => `${command.signature}: ${command.help}`);
    markAsCommand(call, command);
    scope[command.name] = call;
    chat[command.name] = call;
  }
  const api = bindSys(scope, observe);
  scope['chat'] = Object.freeze(chat);
  return api;
}

/** Does the name still mean the command, or is it a variable of the user's? */
export const isCommand = (scope: Scope, name: string): boolean =>
  Object.hasOwn(scope, name) && scope[name] === (scope['chat'] as Record<string, unknown>)[name];
