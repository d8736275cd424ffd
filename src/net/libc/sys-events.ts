/** What a caller of `Sys` hears of each call, and how that reads. */
import { type Language } from '../../bytes/index.ts';
import type { SocketRow } from '../../kernel/index.ts';
import { formatEndpoint } from '../channel.ts';
import type { CallError } from './errno.ts';
import type { KernelState } from './kernel-state.ts';

export type SysEvent =
  /** It waits now; the prompt does not. */
  | { readonly event: 'blocks'; readonly call: string; readonly state: KernelState | undefined }
  | {
      readonly event: 'returned';
      readonly call: string;
      readonly result: string;
      /** Of the descriptor that the call was about, or gave. */
      readonly state: KernelState | undefined;
    }
  | {
      readonly event: 'failed';
      readonly call: string;
      readonly error: CallError;
      readonly state: KernelState | undefined;
    }
  /** close: the descriptor is gone; the connection may not be. */
  | { readonly event: 'closed'; readonly call: string; readonly left: SocketRow | undefined };

/**
 * One call as strace(1) would print it, and below it what the kernel's socket has become. `endedBy`: what the reader can
 * do about a call that waits.
 */
export function sysEventText(event: SysEvent, lang: Language, endedBy = 'Ctrl-C'): string {
  const zh = lang === 'zh';
  switch (event.event) {
    case 'blocks':
      return `${event.call} … ${zh ? `阻塞，等待中（可用 ${endedBy} 结束）` : `blocks (${endedBy} ends it)`}${below(event.state, lang)}`;
    case 'returned':
      return `${event.call} = ${event.result}${below(event.state, lang)}`;
    case 'failed':
      return `${event.call} = -1 ${event.error.code}${below(event.state, lang)}`;
    case 'closed': {
      const left =
        event.left === undefined
          ? zh
            ? '内核中已无此连接'
            : 'nothing is left of it'
          : rowText(event.left, lang);
      return `${event.call} = 0\n    ${zh ? '内核' : 'kernel'}: ${left}`;
    }
  }
}

function below(state: KernelState | undefined, lang: Language): string {
  return state === undefined ? '' : `\n    ${lang === 'zh' ? '内核' : 'kernel'}: ${stateText(state, lang)}`;
}

/** `fd 21  LISTEN  127.0.0.1:5000  accept queue 0 of 5` */
export function stateText(state: KernelState, lang: Language = 'en'): string {
  const zh = lang === 'zh';
  const { fd, local, remote, acceptQueue, receiveQueueBytes, sendQueueBytes } = state;
  const from = local === undefined ? '' : formatEndpoint(local);
  return [
    `fd ${fd}`,
    state.state ?? 'no TCP',
    remote === undefined ? from : `${from} → ${formatEndpoint(remote)}`,
    ...(acceptQueue === undefined
      ? []
      : [
          zh
            ? `接受队列 ${acceptQueue.waiting}，上限 ${acceptQueue.backlog}`
            : `accept queue ${acceptQueue.waiting} of ${acceptQueue.backlog}`,
        ]),
    ...(remote === undefined || receiveQueueBytes === undefined ? [] : [`Recv-Q ${receiveQueueBytes}`]),
    ...(remote === undefined || sendQueueBytes === undefined ? [] : [`Send-Q ${sendQueueBytes}`]),
  ].join('  ');
}

function rowText(row: SocketRow, lang: Language): string {
  const local = formatEndpoint({ address: row.localAddress, port: row.localPort });
  const remote = formatEndpoint({ address: row.remoteAddress, port: row.remotePort });
  const timer =
    row.timer === 'none'
      ? []
      : [`${lang === 'zh' ? '定时器' : 'timer'} ${row.timer} ${(row.timerMs / 1000).toFixed(1)} s`];
  return [row.state, `${local} → ${remote}`, ...timer].join('  ');
}
