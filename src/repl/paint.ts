/** The few colours that the REPL uses; none of them when they are not wanted. */
export interface Paint {
  readonly colours: boolean;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const ESC = '\u001b[';

export function makePaint(colours: boolean): Paint {
  const sgr = (on: number, off: number) => (text: string) =>
    colours && text !== '' ? `${ESC}${on}m${text}${ESC}${off}m` : text;
  return { colours, dim: sgr(2, 22), red: sgr(31, 39), cyan: sgr(36, 39) };
}

/** Colours are for a terminal whose owner did not refuse them (https://no-color.org). */
export function wantsColours(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
