import { readFileSync } from 'node:fs';
import { KitError, text } from '../bytes/index.ts';

/** Shorter ones are guessed. */
const SHORTEST = 8;
const LONGEST_BYTES = 256;

/**
 * The token of the class: what `--token` says, `@FILE` for the first line of a file, or else CHAT_TOKEN of the
 * environment. A command line can be read by everybody on the machine (ps), a file and the environment cannot.
 *
 * @throws KitError (usage) `bad-token`: too short or too long, or a file that cannot be read.
 */
export function tokenFrom(flag: string | undefined): string | undefined {
  const said = flag ?? process.env['CHAT_TOKEN'];
  if (said === undefined || said === '') return undefined;
  const token = said.startsWith('@') ? firstLine(said.slice(1)) : said;
  if (token.length < SHORTEST || Buffer.byteLength(token) > LONGEST_BYTES) {
    throw new KitError(
      'bad-token',
      text(
        `a token has ${SHORTEST} characters at least, and ${LONGEST_BYTES} bytes at most`,
        `口令至少 ${SHORTEST} 个字符，至多 ${LONGEST_BYTES} 字节`,
      ),
      {
        fault: 'usage',
        hint: text(
          'Make one with: openssl rand -hex 16 > token; chmod 600 token; then --token @token.',
          '可这样生成：openssl rand -hex 16 > token; chmod 600 token；然后用 --token @token。',
        ),
      },
    );
  }
  return token;
}

function firstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw new KitError(
      'bad-token',
      text(
        `the token cannot be read: ${(error as Error).message}`,
        `无法读取口令：${(error as Error).message}`,
      ),
      {
        fault: 'usage',
        hint: text(
          'Give the path of a file with the token in its first line: --token @FILE.',
          '请给出第一行是口令的文件：--token @文件。',
        ),
        cause: error,
      },
    );
  }
}
