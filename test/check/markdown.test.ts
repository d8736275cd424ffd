import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { expect, test } from 'vitest';
import { safeText } from '../../src/bytes/index.ts';
import { code, fence, plain, table } from '../../src/check/markdown.ts';
import { HOSTILE } from '../helpers/hostile-texts.ts';

/** A CommonMark reader with GitHub's tables: what a report's reader uses. */
const reader = new MarkdownIt('default', { html: true, linkify: false, typographer: false });
const tags = (html: string): string[] =>
  [...html.matchAll(/<\/?([a-z0-9]+)/g)].map((match) => match[1] ?? '');
const textOf = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.stringMatching(/^[`*_\\[\]()<>!#|~&;$a-z0-9 -]{0,40}$/),
  fc.constantFrom(...HOSTILE.map(([, text]) => text), '| a | b |', '```', '&lt;b&gt;', '**x**', 'a\\|b'),
);

test('text from outside stays text in a paragraph', () => {
  fc.assert(
    fc.property(hostile, (value) => {
      const html = reader.render(`x ${plain(value)} y`);
      expect(new Set(tags(html))).toEqual(new Set(['p']));
      expect(textOf(html).replaceAll(/\s+/g, ' ').trim()).toBe(
        `x ${safeText(value)} y`.replaceAll(/\s+/g, ' ').trim(),
      );
    }),
  );
});

test('text from outside stays in its cell of a table', () => {
  fc.assert(
    fc.property(hostile, hostile, (one, two) => {
      const html = reader.render(table(['a', 'b'], [[`x${plain(one)}x`, `x${code(`${two}.`)}x`]]));
      expect(html.match(/<td/g)).toHaveLength(2);
      expect(html.match(/<tr/g)).toHaveLength(2);
      expect(new Set(tags(html))).toEqual(new Set(['table', 'thead', 'tbody', 'tr', 'th', 'td', 'code']));
    }),
  );
});

test('nothing gets out of a fenced block', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(hostile.map(safeText), fc.constantFrom('```', '````', '~~~')), { maxLength: 6 }),
      (lines) => {
        const html = reader.render(`before\n\n${fence(lines.join('\n'))}\n\nafter`);
        expect(tags(html)).toEqual(['p', 'p', 'pre', 'code', 'code', 'pre', 'p', 'p']);
      },
    ),
  );
});
