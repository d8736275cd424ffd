/** The matrix of matches: clients by servers. */
import { relative } from 'node:path';
import type { Language, Text } from '../../check/index.ts';
import type { Matches } from './matches.ts';
import type { MatchRow } from './store.ts';
import { html } from './page-text.ts';
import { pageWord } from './page-words.ts';

interface Side {
  readonly name: string;
  readonly task: string;
  readonly speaks: string;
  readonly barred: Text | undefined;
}

const sideKey = (name: string, task: string): string => JSON.stringify([name, task]);
const LETTERS = { client: ' C', server: ' S', unclear: ' ?' } as const;

/** Nothing where there was nothing to match. `from` is the folder of the page. */
export function interopSection(
  { entrants, matches, why }: Matches,
  language: Language,
  from: string,
): string {
  const word = (name: Parameters<typeof pageWord>[0]): string => html(pageWord(name, language));
  const head = `<h2>${word('interop')}</h2>`;
  if (why !== undefined) return `${head}\n<p>${word('noMatches')}${html(why)}</p>`;
  if (entrants.length === 0) return '';
  const sides = (kind: 'client' | 'server'): Side[] =>
    entrants
      .filter(({ task }) => task.kind === kind)
      .map(({ submission, task, speaks, barred }) => ({
        ...{ name: submission.name, task: task.id, speaks, barred },
      }));
  const [clients, servers] = [sides('client'), sides('server')];
  const played = new Map(
    matches.map((row) => [
      `${sideKey(row.client, row.clientTask)} ${sideKey(row.server, row.serverTask)}`,
      row,
    ]),
  );
  const match = (client: Side, server: Side): MatchRow | undefined =>
    played.get(`${sideKey(client.name, client.task)} ${sideKey(server.name, server.task)}`);
  // One task of a kind needs no name in each row.
  const label = (side: Side, all: readonly Side[]): string =>
    new Set(all.map(({ task }) => task)).size === 1 ? side.name : `${side.name} ${side.task}`;
  const heads = servers
    .map((server) => `<th class="check"><span>${html(label(server, servers))}</span></th>`)
    .join('');
  const share = (rows: readonly (MatchRow | undefined)[]): string => {
    const all = rows.filter((row) => row !== undefined);
    return `<td class="num">${all.filter(works).length}/${all.length}</td>`;
  };
  const rows = clients.map((client) => {
    const cells = servers.map((server) => cell(client, server, match(client, server), language, from));
    return `<tr><th scope="row">${html(label(client, clients))}</th>${cells.join('')}${share(servers.map((server) => match(client, server)))}</tr>`;
  });
  const feet = servers.map((server) => share(clients.map((client) => match(client, server)))).join('');
  return `${head}
<p class="soft">${word('interopHelp')}</p>
<div class="scroll"><table>
<thead><tr><th>${word('clientDown')}</th>${heads}<th class="check"><span>${word('worksWith')}</span></th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
<tfoot><tr><th scope="row">${word('worksWith')}</th>${feet}<td></td></tr></tfoot>
</table></div>`;
}

/** All steps worked; an unstable one did, too. */
const works = ({ grade: { score } }: MatchRow): boolean => score.of > 0 && score.points === score.of;

function cell(
  client: Side,
  server: Side,
  row: MatchRow | undefined,
  language: Language,
  from: string,
): string {
  const own = client.name === server.name ? ' own' : '';
  if (row === undefined) {
    const why =
      client.barred === undefined && server.barred === undefined
        ? pageWord('otherProtocol', language)
        : [client, server]
            .flatMap(({ name, barred }) => (barred === undefined ? [] : [`${name}: ${barred[language]}`]))
            .join(language === 'zh' ? '；' : '; ');
    return `<td class="v skipped${own}" title="${html(why)}">–</td>`;
  }
  const { grade, fault } = row;
  const { points, of } = grade.score;
  const bad = grade.checks.find(({ verdict }) => verdict !== 'pass');
  const ours = grade.checks.some(({ verdict }) => verdict === 'error');
  const unstable = grade.checks.some((check) => check.unstable === true) ? '~' : '';
  const says = bad === undefined ? '' : `${bad.title[language]}: ${bad.actual[language]}`;
  const story = `${relative(from, row.evidence)}/${language === 'zh' ? 'story.zh.txt' : 'story.txt'}`;
  const sign = ours
    ? '!'
    : works(row)
      ? `✔${unstable}`
      : `${points}/${of}${fault === null ? '' : LETTERS[fault]}`;
  const kind = ours ? 'error' : works(row) ? 'pass' : 'fail';
  return `<td class="v ${kind}${own}" title="${html(`${row.client} × ${row.server}. ${says}`)}"><a href="${html(encodeURI(story))}">${sign}</a></td>`;
}
