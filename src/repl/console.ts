/** The `console` of typed code: what it prints goes where the REPL prints, and cannot steer the terminal. */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { safeColoured } from './show.ts';

/** `out` and `err` get whole lines, without the last line end. */
export function makeConsole(
  out: (text: string) => void,
  err: (text: string) => void,
  colours: boolean,
): Console {
  const stream = (print: (text: string) => void): Writable =>
    new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        print(safeColoured(chunk.replace(/\n$/, '')));
        done();
      },
    });
  return new Console({ stdout: stream(out), stderr: stream(err), colorMode: colours });
}
