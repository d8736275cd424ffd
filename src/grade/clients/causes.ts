/** The likely cause of a client's failure, from the fields of its symptom. */
import { assertNever } from '../../bytes/index.ts';
import { type Text, text } from '../../check/index.ts';
import { beyondMemory } from '../peers/program-end.ts';
import type { ClientSymptom } from './orders.ts';

export function clientCause(symptom: ClientSymptom): Text {
  switch (symptom.is) {
    case 'not-connected':
      return text(
        'it runs and never called connect, or called it for another address or port.',
        '它在运行，但没有调用 connect，或连接的是别的地址或端口。',
      );
    case 'not-shown':
      return notShown(symptom);
    case 'not-asked':
      return text(
        'it showed it without asking: it answered from itself or from an earlier answer.',
        '没有询问就显示了：内容来自自身或先前的响应。',
      );
    case 'not-a-packet':
      return text(
        'its packet has a wrong field: padding of a struct, byte order, or a length that counts something else.',
        '分组的字段有误：结构体填充、字节序，或长度的含义不对。',
      );
    case 'ended':
      return beyondMemory(symptom) ?? ended(symptom);
    case 'said-nothing':
      return text(
        'an exception or an error return that nothing handles ended it; its last words are below.',
        '未处理的异常或错误返回结束了它；最后的输出见下。',
      );
    case 'did-not-end':
      if (symptom.busy)
        return text(
          'it reads again and again and gets 0: the end of the stream is not looked for.',
          '反复读取而总是得到 0：没有检查流的结束。',
        );
      return symptom.unread > 0
        ? text(
            `${symptom.unread} bytes lie unread: it waits for something else than its socket.`,
            `有 ${symptom.unread} 字节未读：它在等待套接字以外的东西。`,
          )
        : text(
            'it has read all there is and waits for more: it believed a length that no packet can have, or took the end of the stream for nothing.',
            '已读完所有字节仍在等待：相信了不可能的长度，或忽略了流的结束。',
          );
    default:
      return assertNever(symptom);
  }
}

function notShown({ asked, unread, busy }: Extract<ClientSymptom, { is: 'not-shown' }>): Text {
  if (busy) return text('it is running all the time: an endless loop.', '它一直在运行：死循环。');
  if (unread > 0)
    return text(
      `the answer lies unread in its socket (${unread} bytes): it took something else for it, or stopped reading.`,
      `响应仍在套接字中未读（${unread} 字节）：它把别的东西当成了响应，或不再读取。`,
    );
  return asked
    ? text(
        'it has read all that came and shows something else: it took a part of a packet, or another packet, for the answer, or threw away what lay behind one.',
        '已读完到达的字节，显示的却是别的：把分组的一部分或另一个分组当成了响应，或丢弃了其后的字节。',
      )
    : text(
        'no such request reached the server: it did not understand what was typed, or did not flush.',
        '服务器没有收到这个请求：它没有理解输入，或没有发送出去。',
      );
}

function ended({ code, signal }: Extract<ClientSymptom, { is: 'ended' }>): Text {
  if (signal === 'SIGPIPE')
    return text(
      'it wrote to a connection that was reset; the default action of SIGPIPE ends the process (send(2)).',
      '向已复位的连接写入；SIGPIPE 的默认动作会结束进程（send(2)）。',
    );
  if (signal === 'SIGSEGV' || signal === 'SIGABRT' || signal === 'SIGBUS')
    return text(
      'it wrote or read outside its memory: a length from the network was used unchecked.',
      '越界读写内存：来自网络的长度未经检查就使用。',
    );
  if (signal !== null) return text(`${signal} ended it.`, `${signal} 结束了它。`);
  return code === 127
    ? text('the command was not found.', '找不到该命令。')
    : text('it ended by itself; its last words are below.', '它自行结束；最后的输出见下。');
}
