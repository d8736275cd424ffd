/** Descriptions made to cost time, memory or a reader's patience: as long as is read, and of one thing too many. */

/** As much as is read of a description, less what stands around it. */
const ROOM = 250_000;
const head = 'protocol: bomb\nport: 1\nframing: { by: length, field: length, max: 1000 }\n';
const fill = (line: (at: number) => string): string => {
  const lines: string[] = [];
  for (let length = 0, at = 0; ; at++) {
    const next = line(at);
    length += next.length + 1;
    if (length > ROOM) return lines.join('\n');
    lines.push(next);
  }
};
/** `behind` again and again within the text that begins with `key`. */
const after = (text: string, key: string, behind: string): string => {
  const at = text.indexOf(`\n${key}:\n`);
  if (at < 0) throw new Error(`no ${key}`);
  const end = at + key.length + 3;
  return `${text.slice(0, end)}${behind}\n${text.slice(end)}`;
};

/** By name; `texts` are the descriptions of the kit. */
export function bombs(texts: readonly string[]): [string, string][] {
  const clp = texts.find((text) => text.includes('\nprotocol: clp\n')) ?? '';
  const room = ROOM - clp.length;
  const some = (line: (at: number) => string): string =>
    fill(line)
      .slice(0, room)
      .replace(/\n[^\n]*$/, '');
  const tenfold = (at: number): string =>
    `a${at}: &a${at} [${Array<string>(10)
      .fill(at === 0 ? 'x' : `*a${at - 1}`)
      .join(', ')}]`;
  return [
    [
      'ten thousand unknown packets',
      after(
        clp,
        'packets',
        some((at) => `  x${at}.request: { from: client }`),
      ),
    ],
    [
      'ten thousand things that are no packet',
      after(
        clp,
        'packets',
        some((at) => `  x${at}: ${at}`),
      ),
    ],
    [
      'an enumeration of twenty thousand',
      after(clp, 'enums', `  many:\n${some((at) => `    n${at}: ${at}`)}`),
    ],
    [
      'an enumeration of twenty thousand twins',
      after(clp, 'enums', `  many:\n${some((at) => `    n${at}: 1`)}`),
    ],
    [
      'a long list of names that a wrong name is not in',
      after(
        clp.replaceAll('operation: time', `operation: [${Array<string>(64).fill('no-such').join(', ')}]`),
        'enums',
        '  more: {}\n',
      ).replace(
        '    hello: 1\n',
        `    hello: 1\n${some((at) => `    n${at}: ${100 + at}`)}\n`.slice(0, room - 9_000),
      ),
    ],
    [
      'a header without an end',
      after(
        clp,
        'header',
        some((at) => `  - { name: f${at}, type: u8 }`),
      ),
    ],
    ['keys that nobody knows', clp + some((at) => `k${at}: ${at}`)],
    ['a list of nothing else', head + `packets:\n${fill(() => '- 1')}`],
    ['nested brackets', `${head}packets: ${'['.repeat(ROOM / 2)}`],
    ['nested lists', `${head}packets:\n${'- '.repeat(ROOM / 2)}x`],
    [
      'aliases, each ten times the one before',
      `${head}${Array.from({ length: 12 }, (_, at) => tenfold(at)).join('\n')}`,
    ],
    ['merge keys', `${head}a: &a { b: 1 }\n${fill(() => '<<: *a')}`],
    ['one line', 'x'.repeat(ROOM)],
    ['one key', `${'k'.repeat(ROOM - 10)}: 1`],
    ['blanks', `${head}about: a${' '.repeat(ROOM)}b`],
    ['empty lines', head + '\n'.repeat(ROOM)],
    ['a text in quotes that does not end', `${head}about: "${'\\u0041'.repeat(ROOM / 6)}`],
    ['more than is read', `${head}about: ${'x'.repeat(4 * ROOM)}`],
  ];
}
