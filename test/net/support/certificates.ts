import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from '../../../src/bin/chatd-cert.ts';
import { tempFolder } from '../../helpers/temp.ts';

/** A certificate for 127.0.0.1, and the authority that signed it, as texts in PEM form. */
export async function certificates(): Promise<{ ca: string; cert: string; key: string }> {
  const { ca, cert, key } = await makeCertificates(join(tempFolder(), 'tls'), ['127.0.0.1']);
  const read = (path: string): string => readFileSync(path, 'utf8');
  return { ca: read(ca), cert: read(cert), key: read(key) };
}
