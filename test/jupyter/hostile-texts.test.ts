/** Names and texts of others as a notebook shows them: in a table, in an error, as help on a name. */
import MarkdownIt from 'markdown-it';
import { expect, test } from 'vitest';
import { drawingBundle, mimeOf } from '../../src/jupyter/mime.ts';
import { pageFor } from '../../src/jupyter/pages.ts';
import { HOSTILE, harmfulIn } from '../helpers/hostile-texts.ts';

const TABLE_TAGS = new Set(['table', 'thead', 'tbody', 'tr', 'th', 'td']);
const tagsOf = (html: string): string[] =>
  [...html.matchAll(/<\/?\s*([a-z!?][a-z0-9]*)/gi)].map(([, tag = '']) => tag);

test.each(HOSTILE)('%s: a table of HTML and its text hold it as text', (_what, name, visible) => {
  const { 'text/html': html, 'text/plain': text } = mimeOf([{ id: 1, name, [`key ${name}`]: name }]);
  const [page, plain] = [String(html), String(text)];
  expect(tagsOf(page).filter((tag) => !TABLE_TAGS.has(tag))).toEqual([]);
  expect(page.match(/<td/g)).toHaveLength(3);
  // GitHub and Jupyter pass HTML in markdown on: it must be one block that markdown does not end.
  const rendered = new MarkdownIt({ html: true }).render(page);
  expect(tagsOf(rendered).filter((tag) => !TABLE_TAGS.has(tag))).toEqual([]);
  for (const shown of [page, plain]) {
    expect(harmfulIn(shown)).toEqual([]);
    expect(shown).toContain(visible);
  }
});

test.each(HOSTILE)('%s: a value and help on it are harmless', (_what, name, visible) => {
  for (const value of [name, { name }, [[name]], new Map([[name, name]]), new Error(name)]) {
    const plain = String(mimeOf(value)['text/plain']);
    expect(harmfulIn(plain)).toEqual([]);
    expect(plain).toContain(visible);
  }
  expect(harmfulIn(String(pageFor('it?', { it: name })?.['text/plain']))).toEqual([]);
});

test('a name of 1 MiB is cut, and its length is said', () => {
  const plain = String(mimeOf({ name: 'x'.repeat(2 ** 20) })['text/plain']);
  expect(plain.length).toBeLessThan(20_000);
  expect(plain).toMatch(/1038576 more characters/);
});

test('a drawing is there as a picture, too: nbconvert strips most of SVG from a page', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>a "b"</title></svg>';
  const bundle = drawingBundle(svg, 'a "b" <c>');
  expect(bundle['image/svg+xml']).toBe(svg);
  const page = String(bundle['text/html']);
  expect(tagsOf(page)).toEqual(['p', 'img', 'p']);
  const [, data = ''] = /src="data:image\/svg\+xml;base64,([^"]+)"/.exec(page) ?? [];
  expect(Buffer.from(data, 'base64').toString()).toBe(svg);
});
