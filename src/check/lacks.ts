import { z } from 'zod';
import { type Text, text } from './text.ts';

/** What a machine would have to have for a lab, and does not: the lab is skipped. */
export const LACK = z.union([
  z
    .object({
      program: z.string(),
      package: z.string().describe('Debian’s package that holds it'),
      found: z.string().optional().describe('what another program under that name says of itself'),
    })
    .describe('a program that is not installed, or another one under its name'),
  z
    .object({
      hosts: z.literal('namespaces'),
      why: z.string().nullable().describe('why there are none; null: nobody wanted them'),
      mend: z.string().nullable(),
    })
    .describe('hosts of their own, for a lab that pulls cables, loses packets or sets the kernel'),
]);
export type Lack = z.infer<typeof LACK>;

/** What was wanted, what there is, and the one line that would mend it. */
export function lackText(lacks: readonly Lack[]): {
  readonly expected: Text;
  readonly actual: Text;
  readonly mend: string | undefined;
} {
  const programs = lacks.filter((lack) => 'program' in lack);
  const hosts = lacks.find((lack) => 'hosts' in lack);
  const missing = programs.filter(({ found }) => found === undefined).map(({ program }) => program);
  const install =
    programs.length === 0
      ? undefined
      : `apt-get install ${[...new Set(programs.map((lack) => lack.package))].join(' ')}`;
  const wanted = programs.map(({ program }) => program);
  return {
    mend: install ?? hosts?.mend ?? undefined,
    expected: join(
      wanted.length === 0 ? [] : [text(`installed: ${wanted.join(', ')}`, `已安装：${wanted.join('、')}`)],
      hosts === undefined ? [] : [text('hosts with network stacks of their own', '各主机有独立的网络栈')],
    ),
    actual: join(
      missing.length === 0
        ? []
        : [text(`not installed here: ${missing.join(', ')}`, `本机未安装：${missing.join('、')}`)],
      programs.flatMap(({ program, found }) =>
        found === undefined
          ? []
          : [
              text(
                `${program} is another program here, with other options (${found})`,
                `本机的 ${program} 是另一个程序，选项不同（${found}）`,
              ),
            ],
      ),
      hosts === undefined ? [] : [onLoopback(hosts.why, hosts.mend)],
      install === undefined ? [] : [text(install, install)],
    ),
  };
}

function onLoopback(why: string | null, mend: string | null): Text {
  const [reason, remedy] = [why === null ? '' : `: ${why}`, mend === null ? '' : ` (${mend})`];
  return text(
    `the lab pulls cables, loses packets or sets the kernel, and this run is on the machine’s own loopback interface${reason}${remedy}`,
    `本实验要拔网线、丢弃分组或修改内核参数，而这次运行使用本机自己的环回接口${reason}${remedy}`,
  );
}

const join = (...parts: readonly (readonly Text[])[]): Text => {
  const all = parts.flat();
  return text(all.map(({ en }) => en).join('; '), all.map(({ zh }) => zh).join('；'));
};
