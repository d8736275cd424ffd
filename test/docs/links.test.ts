import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { execa } from 'execa';
import MarkdownIt from 'markdown-it';
import { expect, test } from 'vitest';
import { root } from '../helpers/lab.ts';

const reader = new MarkdownIt({ html: true });

async function pages(): Promise<string[]> {
  const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
  });
  return stdout
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(root, file)) && !file.includes('fixtures'));
}

/** The fragment that GitHub gives a heading: small letters, no punctuation, dashes for spaces. */
const fragmentOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function headings(text: string): Set<string> {
  const tokens = reader.parse(text, {});
  return new Set(
    tokens.flatMap((token, index) => {
      if (token.type !== 'heading_open') return [];
      const inline = tokens[index + 1]?.children ?? [];
      return [fragmentOf(inline.map(({ content }) => content).join(''))];
    }),
  );
}

function linksOf(text: string): string[] {
  return reader.parse(text, {}).flatMap(({ children }) =>
    (children ?? []).flatMap((token) => {
      const target =
        token.type === 'link_open'
          ? token.attrGet('href')
          : token.type === 'image'
            ? token.attrGet('src')
            : null;
      return target === null ? [] : [decodeURI(String(target))];
    }),
  );
}

test('every link within the project leads somewhere, fragments included', async () => {
  const broken: string[] = [];
  let links = 0;
  for (const page of await pages()) {
    for (const link of linksOf(readFileSync(join(root, page), 'utf8'))) {
      if (/^[a-z]+:/.test(link)) continue;
      links++;
      const [path = '', fragment] = link.split('#');
      const target = path === '' ? join(root, page) : resolve(root, dirname(page), path);
      if (!existsSync(target) || relative(root, target).startsWith('..'))
        broken.push(`${page}: ${link}: no such file`);
      else if (fragment !== undefined && !headings(readFileSync(target, 'utf8')).has(fragment)) {
        broken.push(`${page}: ${link}: no such heading`);
      }
    }
  }
  expect(broken).toEqual([]);
  expect(links).toBeGreaterThan(20);
});

/** Lines of a page's code blocks that call one of the commands, without their remarks. */
function commandLines(text: string): string[] {
  return reader
    .parse(text, {})
    .filter(({ type }) => type === 'fence')
    .flatMap(({ content }) => content.split('\n'))
    .map((line) => line.replace(/^\$ /, '').replace(/\s{2,}#.*$/, ''))
    .filter((line) => /^(chatd|chat-repl|chat-lab|labs\/run) /.test(line) && !/[─│]/.test(line));
}

test('the commands that pages show have the subcommands and flags that they show', async () => {
  const help = new Map<string, string>();
  const helpOf = async (command: string, ...words: string[]): Promise<string> => {
    const key = [command, ...words].join(' ');
    const known = help.get(key);
    if (known !== undefined) return known;
    const program = join(root, 'src/bin', `${command}.ts`);
    const { stdout, stderr } = await execa(process.execPath, [program, ...words, '--help'], {
      reject: false,
    });
    help.set(key, `${stdout}\n${stderr}`);
    return `${stdout}\n${stderr}`;
  };
  const wrong: string[] = [];
  let lines = 0;
  for (const page of await pages()) {
    for (const line of commandLines(readFileSync(join(root, page), 'utf8'))) {
      lines++;
      const words = line.replaceAll(/'[^']*'|"[^"]*"/g, 'x').split(/\s+/);
      const [first = ''] = words;
      const command = first === 'labs/run' ? 'chat-lab' : first;
      const second = words[1] ?? '';
      const subcommand =
        first === 'labs/run' ? ['run'] : command === 'chat-repl' || second.startsWith('-') ? [] : [second];
      const text = await helpOf(command, ...subcommand);
      if (subcommand.length > 0 && !(await helpOf(command)).includes(`  ${subcommand[0] ?? ''}`))
        wrong.push(`${page}: ${line}: no such subcommand`);
      for (const flag of words
        .filter((word) => /^--?[a-z]/.test(word))
        .map((word) => word.split('=')[0] ?? '')) {
        if (!new RegExp(`(^|[\\s,])${flag}\\b`, 'm').test(text)) wrong.push(`${page}: ${line}: no ${flag}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(lines).toBeGreaterThan(5);
});
