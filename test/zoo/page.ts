import { zoo } from './zoo.ts';

/** docs/ZOO.md: each program, and how often the grader was right about it. */
export function zooPage(
  rows: readonly { name: string; found: readonly string[]; cause: string }[],
  times: number,
): string {
  const row = (name: string): { found: readonly string[]; cause: string } =>
    rows.find((one) => one.name === name) ?? { found: ['not graded'], cause: '' };
  const right = (name: string): string => {
    const rounds = new Set(row(name).found.map((line) => line.split(':')[0]));
    return `${times - rounds.size}/${times}`;
  };
  const found = rows.flatMap((one) => one.found);
  const count = (word: string): number => found.filter((line) => line.includes(word)).length;
  return `# The zoo

<!-- Written by \`npm run zoo\`; do not edit. -->

What the grader of servers is tested on: servers that do it right in different styles, and servers with one fault each,
made from a right one by the change that stands in \`test/zoo/zoo.yaml\`. A wrong one must fail the check that is named
for its fault and no other but those that depend on it; a right one must pass everything. Each was graded ${times} times,
each time with another seed.

False failures: ${count('false failure')}. False passes: ${count('false pass')}. Strays (another check failed): ${count('stray')}.

## Right

| server | style | as it should |
| --- | --- | --- |
${zoo.right.map(({ name, style }) => `| ${name} | ${style} | ${right(name)} |`).join('\n')}

## Wrong

| server | fault | fails | as it should | likely cause, as the student reads it |
| --- | --- | --- | --- | --- |
${zoo.wrong.map(({ name, fault, fails }) => `| ${name} | ${fault} | \`${fails}\` | ${right(name)} | ${row(name).cause} |`).join('\n')}
`;
}
