import { expect, test } from 'vitest';
import { findingsHtml } from '../../src/jupyter/findings-view.ts';
import { compileProtocol, findingsOf, findingsText } from '../../src/wire/index.ts';

// Three fields of one width in the order of one machine.
const { description } = compileProtocol(
  `protocol: tiny
byteOrder: little
framing: { by: length, field: length, counts: payload, max: 200 }
correlate: request
header:
  - { name: type, type: u16 }
  - { name: request, type: u16 }
  - { name: length, type: u16 }
packets:
  time.request: { from: client, when: { type: 1 } }
  time.response:
    from: server
    when: { type: 2 }
    fields:
      - { name: time, type: u64, unit: s }
`,
  'tiny.yaml',
);

test('a weakness stands once, with all its places, and code in it is code', () => {
  const findings = findingsOf(description);
  const text = findingsText('tiny', findings, 'zh');
  expect(text).toContain('header: type, header: request, header: length [host-order]');
  const html = findingsHtml(findings, text, 'zh');
  expect(html).toContain('<b>header: type, header: request, header: length</b> <code>[host-order]</code>');
  expect(html).toContain('<code>long</code>');
  expect(html).not.toContain('`');
  // The count over the list is that of the list.
  expect(html.match(/<li>/g)).toHaveLength(Number(/：(\d+)/.exec(html)?.[1]));
});
