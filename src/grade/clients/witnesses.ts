/** What our server's calls and the client's kernel say about a check that failed, a line each. */
import { text, type Text } from '../../check/index.ts';
import { howItEnded } from '../peers/program-end.ts';
import type { Subject } from '../peers/witnesses.ts';
import type { Calls, PupilFacts } from './orders.ts';

export const CLIENT: Subject = { side: 0, name: text('the client', '客户端') };

export function callsLine(calls: Calls | null): Text {
  if (calls === null) return text('our calls: no connection was accepted', '我们的调用：没有接受到任何连接');
  const { clientPort, wrote, read, closed, asked } = calls;
  const asking = asked.length === 0 ? '–' : asked.join(', ');
  return text(
    `our calls: the server wrote ${wrote} bytes to the client (port ${clientPort}) and read ${read}: ${asking}${closed ? '; it has closed' : ''}`,
    `我们的调用：服务器向客户端（端口 ${clientPort}）写了 ${wrote} 字节，读到 ${read} 字节：${asking}${closed ? '；连接已关闭' : ''}`,
  );
}

export function pupilLine({ end, busy, sockets }: PupilFacts): Text {
  if (end !== null) {
    const how = howItEnded(end);
    return text(`kernel: the process has ended (${how.en})`, `内核：进程已结束（${how.zh}）`);
  }
  const [en, zh] = [
    sockets.map(
      ({ state, unread, unsent }) =>
        `its socket is ${state}, ${unread} bytes unread (Recv-Q), ${unsent} not acknowledged (Send-Q)`,
    ),
    sockets.map(
      ({ state, unread, unsent }) =>
        `其套接字为 ${state}，未读 ${unread} 字节（Recv-Q），未确认 ${unsent} 字节（Send-Q）`,
    ),
  ];
  if (sockets.length === 0) {
    en.push('it has no socket to the server');
    zh.push('它没有连到服务器的套接字');
  }
  return text(
    `kernel: ${en.join('; ')}; ${busy ? 'running' : 'all asleep'}`,
    `内核：${zh.join('；')}；${busy ? '在运行' : '全部休眠'}`,
  );
}
