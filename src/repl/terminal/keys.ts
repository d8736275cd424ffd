/**
 * Key presses while code runs: Ctrl-C interrupts, all others wait until the prompt is back. (node:repl does this for
 * its own evaluation only; with a custom one, a second line would run into the first.)
 */
import type { Screen } from './screen.ts';
import type { Key, Server } from './server.ts';

export interface Keys {
  /** To be called when the prompt is back: what was typed meanwhile is typed now. */
  release: () => void;
}

export function guardKeys(server: Server, screen: Screen, interrupt: () => void): Keys {
  const press = server._ttyWrite.bind(server);
  const waiting: [string | undefined, Key | undefined][] = [];
  const pass = (text: string | undefined, key: Key | undefined): void => {
    screen.flush();
    screen.believe();
    if (key?.name === 'return' || key?.name === 'enter') screen.closeFullRow();
    // readline does not redraw for pasted text (it says so by switching TAB off), so a full row or a cursor in the
    // middle would leave the screen other than it believes. Only a pasted TAB has to be told from a pressed one.
    const pasted = !server.isCompletionEnabled;
    if (pasted && key?.name !== 'tab') server.isCompletionEnabled = true;
    press(text, key);
    if (pasted) server.isCompletionEnabled = false;
  };
  server._ttyWrite = (text, key) => {
    if (screen.typing) pass(text, key);
    else if (key?.ctrl && key.name === 'c') {
      waiting.length = 0;
      interrupt();
    } else waiting.push([text, key]);
  };
  return {
    release: () => {
      while (screen.typing) {
        const next = waiting.shift();
        if (!next) return;
        pass(...next);
      }
    },
  };
}
