import { KitError } from './errors.ts';
import { text } from './text.ts';

const CHINESE: Readonly<Record<string, string>> = {
  ENOENT: '没有这个文件',
  EACCES: '没有读取权限',
  EISDIR: '这是一个目录',
  ENOTDIR: '路径中有一部分不是目录',
};

/** Why a file that the user named could not be read, as Node says it. KitError `unreadable-file` (usage). */
export function unreadable(path: string, error: unknown): KitError {
  const why = error instanceof Error ? error.message : String(error);
  const meaning = CHINESE[String((error as NodeJS.ErrnoException | undefined)?.code)];
  return new KitError(
    'unreadable-file',
    text(`${path}: ${why}`, `${path}：${meaning === undefined ? why : `${meaning}（${why}）`}`),
    {
      fault: 'usage',
      hint: text('Check the path, and that you may read the file.', '请检查路径，以及是否有权读取该文件。'),
      cause: error,
    },
  );
}
