import { readFileSync } from 'node:fs';
import { KitError, text } from '../bytes/index.ts';

/** The text of a certificate or a key. Throws KitError `unreadable-file` (usage). */
export function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new KitError(
      'unreadable-file',
      text(
        `cannot read ${path}: ${(error as Error).message}`,
        `无法读取 ${path}：${(error as Error).message}`,
      ),
      {
        fault: 'usage',
        hint: text(
          '--tls-cert and --tls-key belong together, and name PEM files; chatd cert DIR makes some.',
          '--tls-cert 与 --tls-key 须同时给出，并指向 PEM 文件；可用 chatd cert 目录 生成。',
        ),
        cause: error,
      },
    );
  }
}
