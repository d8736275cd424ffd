/**
 * Evidence that somebody has filled with hostile texts, one field after the other: the report and its drawings, as a
 * lecturer's browser gets them, hold them as text or not at all.
 */
import MarkdownIt from 'markdown-it';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { KitError } from '../../src/bytes/index.ts';
import { probeWorlds } from '../../src/host/index.ts';
import { review } from '../../src/lab/index.ts';
import { HOSTILE, harmfulIn } from '../helpers/hostile-texts.ts';
import { chatLab, scratch } from '../helpers/lab.ts';
import { EvidenceFiles } from './evidence-files.ts';

const ability = await probeWorlds();
const why = ability.kind === 'namespaces' ? '' : ` (skipped: ${ability.why ?? 'no namespaces'})`;

const EVERYTHING = HOSTILE.map(([, text]) => text).join(' ');
const MEBIBYTE = 1024 ** 2;
/** What a page may be longer by for a text of a mebibyte. */
const FEW_WORDS = 64 * 1024;
const FILES = ['evidence.json', 'calls.jsonl', 'sockets.jsonl', 'transitions.jsonl'];

/** `a.b[].c` for each text in `value`, the elements of a list taken together. */
function fieldsOf(value: unknown, at = ''): string[] {
  if (typeof value === 'string') return [at];
  if (Array.isArray(value)) return value.flatMap((each) => fieldsOf(each, `${at}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => fieldsOf(each, `${at}.${key}`));
}

/** `value` with `text` in each place of the field `wanted`. */
function spoiled(value: unknown, wanted: string, text: string, at = ''): unknown {
  if (typeof value === 'string') return at === wanted ? text : value;
  if (Array.isArray(value)) return value.map((each) => spoiled(each, wanted, text, `${at}[]`));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, spoiled(each, wanted, text, `${at}.${key}`)]),
  );
}

/** Tags and addresses in a page, each once: what a browser would act upon. */
const actsOf = (page: string): Set<string> =>
  new Set([...page.matchAll(/<\s*[a-z!?][\w:-]*|\b(?:href|src|on\w+)="[^"]*"/gi)].map(([act]) => act));

/** What a report that finds fault with its evidence has more than another. */
const PLAIN_TAGS = new Set(['<code', '<blockquote']);

describe.skipIf(why !== '')(`hostile texts in evidence${why}`, () => {
  const folder = scratch();
  const run = join(folder, 'run');

  beforeAll(async () => {
    expect(await chatLab(['run', '2', '--out', run])).toMatchObject({ code: 0 });
  }, 180_000);

  /** report.md as HTML, and the drawings, of a directory that review() has written into. */
  function pagesOf(directory: string): Map<string, string> {
    const names = readdirSync(directory).filter((name) => /\.(md|svg)$/.test(name));
    return new Map(
      names.map((name) => {
        const content = readFileSync(join(directory, name), 'utf8');
        return [name, name.endsWith('.md') ? new MarkdownIt({ html: true }).render(content) : content];
      }),
    );
  }

  test.each(FILES)(
    '%s',
    async (file) => {
      const files = new EvidenceFiles(run);
      if (!files.files.has(file)) return;
      const honest = pagesOf(run);
      const records = files
        .text(file)
        .split(file.endsWith('.jsonl') ? '\n' : '\0')
        .filter((row) => row !== '')
        .map((row) => JSON.parse(row) as unknown);
      const fields = [...new Set(records.flatMap((record) => fieldsOf(record)))];
      const leaks: string[] = [];
      let shown = 0;
      for (const field of fields) {
        const changed = new EvidenceFiles(run);
        const rows = records.map((record) => JSON.stringify(spoiled(record, field, EVERYTHING)));
        changed.set(file, rows.join('\n'));
        if (file !== 'evidence.json') changed.seal();
        const copy = join(folder, 'copy');
        mkdirSync(copy);
        for (const [name, bytes] of changed.files) writeFileSync(join(copy, name), bytes);
        try {
          await review(copy, 'en');
          for (const [name, page] of pagesOf(copy)) {
            const before = actsOf(honest.get(name) ?? '');
            const acts = [...actsOf(page)].filter((act) => !before.has(act) && !PLAIN_TAGS.has(act));
            const harm = [...acts, ...harmfulIn(page)];
            if (harm.length > 0) leaks.push(`${field} → ${name}: ${harm.slice(0, 3).join(' ')}`);
            if (page.includes('onerror')) shown++;
          }
        } catch (error) {
          // Evidence of another form is refused, in one sentence.
          if (!(error instanceof KitError)) throw error;
          expect(error.message.length, field).toBeLessThan(2_000);
        } finally {
          rmSync(copy, { recursive: true });
        }
      }
      expect(leaks).toEqual([]);
      expect(fields.length).toBeGreaterThan(3);
      if (file === 'calls.jsonl') expect(shown).toBeGreaterThan(0);
    },
    180_000,
  );

  test.each(FILES)(
    'a mebibyte in any text of %s is refused or shown in few words',
    async (file) => {
      const files = new EvidenceFiles(run);
      if (!files.files.has(file)) return;
      const honest = pagesOf(run);
      const [first = '', ...rest] = files.text(file).split(file.endsWith('.jsonl') ? '\n' : '\0');
      const record = JSON.parse(first) as unknown;
      const long = EVERYTHING.repeat(Math.ceil(MEBIBYTE / EVERYTHING.length));
      for (const field of new Set(fieldsOf(record))) {
        const changed = new EvidenceFiles(run);
        changed.set(file, [JSON.stringify(spoiled(record, field, long)), ...rest].join('\n'));
        if (file !== 'evidence.json') changed.seal();
        const copy = join(folder, 'long');
        mkdirSync(copy);
        for (const [name, bytes] of changed.files) writeFileSync(join(copy, name), bytes);
        try {
          await review(copy, 'en');
          for (const [name, page] of pagesOf(copy))
            expect(page.length - (honest.get(name)?.length ?? 0), `${field} → ${name}`).toBeLessThan(
              FEW_WORDS,
            );
        } catch (error) {
          if (!(error instanceof KitError)) throw error;
          expect(error.message.length, field).toBeLessThan(2_000);
        } finally {
          rmSync(copy, { recursive: true });
        }
      }
    },
    180_000,
  );

  test('a beginning that no date can be is refused in a sentence', async () => {
    const changed = new EvidenceFiles(run);
    const manifest = JSON.parse(changed.text('evidence.json')) as object;
    changed.set('evidence.json', JSON.stringify({ ...manifest, startedAtUs: 1e300 }));
    const copy = join(folder, 'late');
    mkdirSync(copy);
    for (const [name, bytes] of changed.files) writeFileSync(join(copy, name), bytes);
    await expect(review(copy, 'en')).rejects.toThrow(KitError);
    await expect(review(copy, 'en')).rejects.toThrow('startedAtUs');
  });
});
