/**
 * What the terminal uses of node:repl's server beyond its published types.
 *
 * Each of these has been there, under this name, since Node 12 and is there in Node 26: `prevRows` (how far the cursor
 * is below the prompt, by readline's own account), `_ttyWrite` (where a key press arrives), `_initialPrompt`, `isCompletionEnabled`, and
 * a symbol `bufferedCommand` (the lines of an unfinished input).
 */
import { Interface } from 'node:readline';
import type { REPLServer } from 'node:repl';

export interface Key {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
  readonly sequence?: string;
}

export type Server = REPLServer & {
  prevRows: number;
  isCompletionEnabled: boolean;
  history: string[];
  _initialPrompt: string;
  _ttyWrite: (text: string | undefined, key: Key | undefined) => void;
};

export const asServer = (server: REPLServer): Server => server as Server;

/** Sets the prompt that is on the screen now, and leaves the one for the next input. */
export function setShownPrompt(server: Server, prompt: string): void {
  Interface.prototype.setPrompt.call(server, prompt);
}

/** Does what is typed next go on with an input that is not complete yet? */
export function isUnfinished(server: Server): boolean {
  const buffered = Object.getOwnPropertySymbols(server).find(
    ({ description }) => description === 'bufferedCommand',
  );
  return buffered !== undefined && (server as unknown as Record<symbol, unknown>)[buffered] !== '';
}
