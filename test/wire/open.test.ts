import { describe, expect, test } from 'vitest';
import { loadProtocol, openProtocol, Protocol, shippedProtocols } from '../../src/wire/index.ts';
import { packDescription, unpackDescription } from '../../src/wire/ready.ts';

describe.each(shippedProtocols())('%s, checked by the build and unpacked at the start', (name) => {
  const { description, source } = loadProtocol(name);
  const unpacked = unpackDescription(packDescription(description));

  test('says the same', () => {
    expect(unpacked).toEqual(description);
  });

  test('gives the same codec', () => {
    expect(new Protocol(unpacked).source).toBe(source);
  });
});

test('a description of one’s own is read as loadProtocol reads it', async () => {
  const opened = await openProtocol('protocols/lines.yaml');
  expect(opened.description).toEqual(loadProtocol('protocols/lines.yaml').description);
});

test('a protocol that is not there is named', async () => {
  await expect(openProtocol('no-such')).rejects.toMatchObject({ code: 'unknown-protocol' });
});
