import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generatedDocs } from '../../scripts/generated-docs.ts';
import { loadProtocol, protocolPage, shippedProtocols } from '../../src/wire/index.ts';

test.each([...(await generatedDocs())])(
  '%s is what its description makes (else run scripts/docs)',
  (path, text) => {
    expect(text.length).toBeGreaterThan(400);
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  },
);

describe.each(shippedProtocols())('the page of %s', (name) => {
  const { description } = loadProtocol(name);

  test.each(['en', 'zh'] as const)(
    'in %s says something of every packet, and leaves nothing blank',
    (lang) => {
      const page = protocolPage(description, lang);
      for (const { type } of description.packets) expect(page).toContain(`### ${type}\n`);
      expect(page).not.toMatch(/undefined|\[object|NaN/);
      // A table row with an empty first or second cell, or a heading with nothing below.
      expect(page).not.toMatch(/^\| +\| |^### .*\n+#/m);
    },
  );

  test('in Chinese has its diagrams and dumps in common with the English one', () => {
    const blocks = (lang: 'en' | 'zh'): string[] =>
      [...protocolPage(description, lang).matchAll(/```text\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
    expect(blocks('zh')).toEqual(blocks('en'));
  });

  test('draws each packet at its scale: 16 columns to a byte, rows of 4 bytes', () => {
    const page = protocolPage(description, 'en');
    for (const [, drawing = ''] of page.matchAll(/```text\n( 0 {19}1[\s\S]*?)```/g)) {
      for (const line of drawing.trimEnd().split('\n').slice(2)) {
        expect(line.length % 16).toBe(1);
        expect(line.length).toBeLessThanOrEqual(65);
      }
    }
  });
});
