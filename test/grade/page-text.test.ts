import { expect, test } from 'vitest';
import { html, htmlLines } from '../../src/grade/class/page-text.ts';

test.each([
  ['markup', '<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
  ['the end of an attribute', `" onmouseover='x'`, '&quot; onmouseover=&#39;x&#39;'],
  ['an entity of its own', '&lt;b&gt;', '&amp;lt;b&amp;gt;'],
  ['an escape sequence of a terminal', '\u001b[31mred', '\\x1b[31mred'],
  ['letters turned around (CVE-2021-42574)', 'a\u202ecba', 'a\\u{202e}cba'],
  ['letters that nobody sees', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
  ['a line of its own', 'a\nb', 'a\\nb'],
])('a name that holds %s shows it and does nothing', (_what, name, shown) => {
  expect(html(name)).toBe(shown);
});

test('a name of 1 MiB is cut, and says how long it was', () => {
  const shown = html('<'.repeat(1024 ** 2));
  expect(shown.length).toBeLessThan(2_000);
  expect(shown).toMatch(/^(&lt;)+… \(1048576\)$/);
});

test('an output of many long lines is cut in both directions; its lines stay lines', () => {
  const shown = htmlLines(`<a>\n${'x'.repeat(10_000)}\n`.repeat(1_000));
  const lines = shown.split('\n');
  expect(lines[0]).toBe('&lt;a&gt;');
  expect(lines[1]).toMatch(/^x{600}… \(10000\)$/);
  expect(lines).toHaveLength(201);
  expect(lines.at(-1)).toBe('… (1801)');
});
