import { KitError } from '../bytes/index.ts';
import { type Manifest, type Text, text } from '../check/index.ts';

type Failure = NonNullable<Manifest['failure']>;

/** What a student reads in Chinese, by the error's code; the sentence that names host and condition stays as it is. */
const CHINESE: Readonly<Record<string, string>> = {
  'not-in-time': '在规定的时间内没有等到应有的情况',
  'process-gone': '实验还需要的一个进程结束了',
  'client-gone': '一个客户端进程没有给出结果就结束了',
  'capture-died': '抓包程序 tcpdump 提前结束',
  'disk-full': '磁盘已满',
  'spawn-failed': '一个程序无法启动',
  'command-failed': '一条系统命令失败',
  'no-namespaces': '这台机器不能创建网络命名空间',
  'port-taken': '端口已被占用',
  'no-tcpdump': '没有 tcpdump',
  'sysctl-refused': '内核不允许这项设置',
};

/** Why a run is not complete, for `reason` in its manifest: the error's own sentence, in Chinese behind what its code means. */
export function whyIncomplete(error: unknown): Text {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof KitError)) return text(message, `实验程序自身出错：${message}`);
  if (error.code === 'interrupted') return text('it was interrupted', '运行被中断');
  const { en, zh } = error.words.message;
  if (zh !== en) return error.words.message;
  const meaning = CHINESE[error.code];
  return text(message, meaning === undefined ? message : `${meaning}：${message}`);
}

/** Code and fault for the manifest; what is no KitError is a fault of the kit. */
export const failureOf = (error: unknown): Failure =>
  error instanceof KitError ? { code: error.code, fault: error.fault } : { code: 'internal', fault: 'kit' };
