import { lstatSync, mkdirSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import { english, KitError } from '../bytes/index.ts';
import { hasOwnFile } from '../files/index.ts';

export interface Certificates {
  /** For `chat-repl --tls-ca`: what the class gets. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const DAYS = '365';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];

/**
 * Makes an authority of the class's own in `folder`, unless there is one, and a certificate for this server that it has
 * signed, for a year. The keys are their owner's only; an authority that somebody else may have planted is not used.
 *
 * @throws KitError (machine) `no-openssl`, `unsafe-file`, `unsafe-folder`; (usage) `file-exists`, `half-authority`, `openssl-failed`.
 */
export async function makeCertificates(folder: string, names: readonly string[]): Promise<Certificates> {
  const old = process.umask(0o077);
  try {
    mkdirSync(folder, { recursive: true });
    needOwnFolder(folder);
    const [ca, caKey] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
    const [cert, key] = [join(folder, 'server.pem'), join(folder, 'server.key')];
    const [hasCa, hasCaKey] = [hasOwnFile(ca), hasOwnFile(caKey)];
    const taken = [cert, key].find((path) => hasOwnFile(path));
    if (taken !== undefined) {
      throw new KitError('file-exists', english(`${taken} is there already`), {
        fault: 'usage',
        hint: english(
          'Remove it, or give another folder. An authority (ca.pem, ca.key) that is there is used again.',
        ),
      });
    }
    if (hasCa !== hasCaKey) {
      throw new KitError('half-authority', english(`of ca.pem and ca.key only one is in ${folder}`), {
        fault: 'usage',
        hint: english('Bring the other one back, or remove it: the class then needs the new ca.pem.'),
      });
    }
    if (!hasCa) {
      await openssl([
        ...['req', '-x509', ...NEW_KEY, '-days', DAYS, '-keyout', caKey, '-out', ca],
        ...['-subj', `/CN=socket lab of ${hostname()}`, '-addext', 'keyUsage=critical,keyCertSign'],
      ]);
    }
    const alternatives = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`).join(',');
    await openssl([
      ...[
        'req',
        '-x509',
        ...NEW_KEY,
        '-days',
        DAYS,
        '-keyout',
        key,
        '-out',
        cert,
        '-CA',
        ca,
        '-CAkey',
        caKey,
      ],
      ...['-subj', `/CN=${names[0] ?? 'localhost'}`, '-addext', `subjectAltName=${alternatives}`],
      ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=serverAuth'],
    ]);
    return { ca, cert, key };
  } finally {
    process.umask(old);
  }
}

/** Its mode stays: it may be one that other things are in. But nobody else may put files into it. */
function needOwnFolder(folder: string): void {
  const { uid, mode } = lstatSync(folder);
  const ours = process.getuid === undefined || uid === process.getuid();
  if (ours && lstatSync(folder).isDirectory() && (mode & 0o022) === 0) return;
  throw new KitError('unsafe-folder', english(`${folder} is a link, or others can put files into it`), {
    fault: 'machine',
    hint: english(
      'Keys are kept where only you can write: give a new folder, or take the right from others (chmod go-w).',
    ),
  });
}

async function openssl(args: readonly string[]): Promise<void> {
  try {
    await execa('openssl', args);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') {
      throw new KitError('no-openssl', english('the program openssl is not installed'), {
        fault: 'machine',
        hint: english('Install it (apt-get install openssl), or bring a certificate from elsewhere.'),
        cause: error,
      });
    }
    throw new KitError('openssl-failed', english(`openssl made no certificate: ${String(error.stderr)}`), {
      fault: 'usage',
      hint: english('Are the names host names or addresses? OpenSSL 3 or later is needed.'),
      cause: error,
    });
  }
}
