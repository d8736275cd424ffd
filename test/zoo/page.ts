import { z } from 'zod';

/** What one round of grading one program of the zoo gave. */
export const ROUND = z.strictObject({
  kind: z.enum(['server', 'client']),
  name: z.string(),
  round: z.number(),
  /** Where the grader was wrong about it (judge.ts). */
  problems: z.array(z.string()),
  failed: z.array(z.string()),
  cause: z.string(),
});
export type Round = z.infer<typeof ROUND>;

export interface Animal {
  readonly kind: Round['kind'];
  readonly name: string;
  readonly language: string;
  /** The style of a right one, the fault of a wrong one. */
  readonly what: string;
  readonly protocol: string;
  /** The check named for the fault; null: it does it right. */
  readonly fails: string | null;
}

/** docs/ZOO.md: each program, what failed, and how often the grader was right about it. */
export function zooPage(animals: readonly Animal[], rounds: readonly Round[]): string {
  const of = ({ kind, name }: Animal): Round[] =>
    rounds.filter((one) => one.kind === kind && one.name === name);
  const right = (animal: Animal): string => {
    const all = of(animal);
    return `${all.filter(({ problems }) => problems.length === 0).length}/${all.length}`;
  };
  const count = (...words: readonly string[]): number =>
    rounds
      .flatMap(({ problems }) => problems)
      .filter((problem) => words.some((word) => problem.startsWith(word))).length;
  const kept = (kind: Round['kind'], wrong: boolean): Animal[] =>
    animals.filter((animal) => animal.kind === kind && (animal.fails !== null) === wrong);
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
    [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
  const rightTable = (kind: Round['kind']): string =>
    table(
      [kind, 'language', 'protocol', 'style', 'passed everything'],
      kept(kind, false).map((one) => [one.name, one.language, one.protocol, one.what, right(one)]),
    );
  const wrongTable = (kind: Round['kind']): string =>
    table(
      [
        kind,
        'language',
        'fault',
        'must fail',
        'failed',
        'as it should',
        'likely cause, as the student read it on that day',
      ],
      kept(kind, true).map((one) => [
        one.name,
        one.language,
        one.what,
        `\`${one.fails ?? ''}\``,
        [...new Set(of(one).flatMap(({ failed }) => failed))].map((id) => `\`${id}\``).join(', '),
        right(one),
        of(one).at(-1)?.cause ?? '',
      ]),
    );
  const sizes = (kind: Round['kind']): string =>
    `${kept(kind, false).length} right and ${kept(kind, true).length} wrong ${kind}s`;
  const graded = new Set(rounds.map(({ kind }) => kind));
  const clients = graded.has('client')
    ? `## Clients that do it right

${rightTable('client')}

## Clients with a fault

${wrongTable('client')}
`
    : '';
  return `# The zoo

<!-- Written by \`npm run zoo\`; do not edit. -->

What the graders are tested on: programs that do it right in different styles, and programs with one fault each, made
from a right one by the change that stands in \`test/zoo/zoo.yaml\` and \`test/zoo/clients.yaml\`. A right one must pass
everything. A wrong one must fail the check that is named for its fault, surely and not now and then; and no other check
may fail or be kept from being tried but those that depend on it; all checks are graded, of servers
and of clients. Each was graded as often as the table says, each time
with another seed: ${[...graded].map(sizes).join(', ')}.

- False failures (a right one failed a check): ${count('false failure')}
- False passes (a wrong one did not fail the check of its fault): ${count('false pass')}
- Strays (another check failed, or was not tried): ${count('stray')}
- Faults of the kit or the machine (these cost nobody points): ${count('fault')}

## Servers that do it right

${rightTable('server')}

## Servers with a fault

${wrongTable('server')}

${clients}`;
}
