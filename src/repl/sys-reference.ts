/** The calls of `sys` as a part of docs/SYS.md. A test holds the page to it. */
import { CONSTANTS, SYS_CALLS } from '../net/index.ts';

export function sysReference(): string {
  const calls = SYS_CALLS.map(({ signature, c, help, about, example }) =>
    [
      `### \`sys.${signature}\``,
      ...(c === undefined ? [] : [`C: \`${c}\``]),
      `${help.charAt(0).toUpperCase()}${help.slice(1)}. ${about}`,
      `\`\`\`js\n${example}\n\`\`\``,
    ].join('\n\n'),
  );
  const names = Object.keys(CONSTANTS).map((name) => `\`${name}\``);
  return [
    ...calls,
    '### Constants',
    `As names of the session and as \`sys.NAME\`: ${names.join(', ')}.`,
  ].join('\n\n');
}
