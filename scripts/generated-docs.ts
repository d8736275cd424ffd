import { loadProtocol, protocolPage } from '../src/wire/index.ts';

/** Files that are made from descriptions, by their path from the project's top. */
export function generatedDocs(): Map<string, string> {
  return new Map([['docs/PROTOCOL.md', protocolPage(loadProtocol('clp').description, 'en')]]);
}
