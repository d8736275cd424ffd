import { format } from 'prettier';
import { descriptionSchema, loadProtocol, protocolPage } from '../src/wire/index.ts';

/** Files that are made from descriptions, by their path from the project's top. */
export async function generatedDocs(): Promise<Map<string, string>> {
  const schema = JSON.stringify(descriptionSchema());
  return new Map([
    ['docs/PROTOCOL.md', protocolPage(loadProtocol('clp').description, 'en')],
    ['protocols/schema.json', await format(schema, { parser: 'json', printWidth: 110 })],
  ]);
}
