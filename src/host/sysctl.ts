import { KitError, text } from '../bytes/index.ts';
import type { ExecResult } from './exec.ts';

/** Kernel settings of one host by their names: `{ 'net.ipv4.tcp_retries2': 3 }`. */
export type Sysctls = Readonly<Record<string, string | number>>;

/** Sets each (the arguments go in pairs of path and value), then prints each as the kernel has it. */
const SET = `
while [ $# -gt 0 ]; do
  printf %s "$2" > "$1" || exit 1
  printf '%s\\t' "$1"; tr -s '\\t' ' ' < "$1"
  shift 2
done`;

const GET = `for file; do printf '%s\\t' "$file"; tr -s '\\t' ' ' < "$file" || exit 1; done`;

type Run = (command: readonly string[]) => Promise<ExecResult>;

/**
 * Sets and reads back. Throws `no-sysctl` when this kernel lacks one or keeps it to root, `sysctl-refused` when the
 * kernel took another value; what came before in the list is set then.
 */
export async function setSysctls(run: Run, values: Sysctls): Promise<void> {
  const pairs = Object.entries(values).map(([name, value]) => [fileOf(name), String(value)] as const);
  if (pairs.length === 0) return;
  const read = parse(await run(['sh', '-c', SET, 'sh', ...pairs.flat()]));
  for (const [file, value] of pairs) {
    const got = read.get(file);
    if (got !== value.trim().replaceAll(/\s+/g, ' ')) {
      throw new KitError(
        'sysctl-refused',
        text(
          `the kernel has ${file} = ${got ?? 'nothing'}, not ${value}`,
          `内核的 ${file} 是 ${got ?? '空'}，而不是 ${value}`,
        ),
        {
          fault: 'machine',
        },
      );
    }
  }
}

/** The values of `names`, words apart by one blank. Throws `no-sysctl`. */
export async function getSysctls(run: Run, names: readonly string[]): Promise<Record<string, string>> {
  const read = parse(await run(['sh', '-c', GET, 'sh', ...names.map(fileOf)]));
  return Object.fromEntries(names.map((name) => [name, read.get(fileOf(name)) ?? '']));
}

function fileOf(name: string): string {
  if (!/^net(\.[a-z0-9_-]+)+$/.test(name)) {
    throw new KitError(
      'bad-sysctl',
      text(`not a network setting: ${JSON.stringify(name)}`, `不是网络设置：${JSON.stringify(name)}`),
      {
        fault: 'usage',
        hint: text('write it like net.ipv4.tcp_retries2', '请写成 net.ipv4.tcp_retries2 的形式'),
      },
    );
  }
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}

function parse(result: ExecResult): Map<string, string> {
  if (result.code !== 0) {
    throw new KitError(
      'no-sysctl',
      text(
        `this kernel does not take the setting: ${result.stderr.trim()}`,
        `内核不接受这项设置：${result.stderr.trim()}`,
      ),
      {
        fault: 'machine',
        hint: text(
          'the setting may be newer than this kernel (uname -r), or kept to root',
          '这项设置可能比内核（uname -r）新，或只有 root 可改',
        ),
      },
    );
  }
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const tab = line.indexOf('\t');
      return [line.slice(0, tab), line.slice(tab + 1).trim()];
    }),
  );
}
