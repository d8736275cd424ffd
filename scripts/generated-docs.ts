import { format } from 'prettier';
import { z } from 'zod';
import { APP_RECORD, GRADE, MANIFEST, RESULT, SOCKET_RECORD, TRANSITION_RECORD } from '../src/check/index.ts';
import { descriptionSchema, loadProtocol, protocolPage } from '../src/wire/index.ts';

const json = (schema: object): Promise<string> =>
  format(JSON.stringify(schema), { parser: 'json', printWidth: 110 });

/** Files that are made from descriptions and zod schemas, by their path from the project's top. */
export async function generatedDocs(): Promise<Map<string, string>> {
  return new Map([
    ['docs/PROTOCOL.md', protocolPage(loadProtocol('clp').description, 'en')],
    ['protocols/schema.json', await json(descriptionSchema())],
    ['docs/evidence.schema.json', await json(z.toJSONSchema(MANIFEST))],
    ['docs/calls.schema.json', await json(z.toJSONSchema(APP_RECORD))],
    ['docs/sockets.schema.json', await json(z.toJSONSchema(SOCKET_RECORD))],
    ['docs/grade.schema.json', await json(z.toJSONSchema(GRADE))],
    ['docs/transitions.schema.json', await json(z.toJSONSchema(TRANSITION_RECORD))],
    ['docs/result.schema.json', await json(z.toJSONSchema(RESULT))],
  ]);
}
