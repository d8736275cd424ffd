/** The likely cause of a failure, from the fields of its symptom and from what the kernel showed. */
import { text, type Text } from '../../check/index.ts';
import type { ServerFacts, Symptom } from './orders.ts';
import { beyondMemory, type ProgramEnd } from './program-end.ts';

/** `printed`: it has said something, which the grade shows below. */
export function causeOf(symptom: Symptom, facts: ServerFacts | null, printed: boolean): Text | undefined {
  const ending = facts?.end;
  if (ending !== null && ending !== undefined) {
    const beyond = beyondMemory(ending);
    if (beyond !== undefined) return beyond;
    if (symptom.is !== 'not-listening') return crash(ending);
  }
  switch (symptom.is) {
    case 'not-listening':
      if (ending?.code === NOT_FOUND || ending?.code === NOT_EXECUTABLE) return notStarted(ending.code);
      return printed
        ? text(
            'socket, bind or listen failed, or it uses another port; what it printed stands below.',
            'socket、bind 或 listen 失败，或使用了其他端口；程序输出见下文。',
          )
        : text(
            'socket, bind or listen failed, or it uses another port; it printed nothing: perror behind each call would say which.',
            'socket、bind 或 listen 失败，或使用了其他端口；程序没有任何输出：在每个调用之后使用 perror 可知是哪一个。',
          );
    case 'refused':
      return text(
        'nothing listens there any more, or it listens on 127.0.0.1 only: bind to 0.0.0.0.',
        '已无人监听，或只监听 127.0.0.1：应绑定 0.0.0.0。',
      );
    case 'no-answer':
      return unanswered(symptom, facts, printed);
    case 'closed':
      return symptom.by === 'rst'
        ? text(
            'it closed a socket that still had unread bytes, or its process ended (RFC 2525, section 2.17).',
            '关闭了仍有未读数据的套接字，或进程已结束（RFC 2525 第 2.17 节）。',
          )
        : text(
            'it took what came for an error or for the end, and closed.',
            '把收到的数据当作错误或结束，因而关闭。',
          );
    case 'not-a-packet':
      return text(
        'the packet has another length or other fields than the description says: a field is left out, is too wide, is in the wrong byte order, or an answer was cut.',
        '分组的长度或字段与描述不符：漏了字段、宽度或字节序不对，或响应被截断。',
      );
    case 'wrong-value':
      return text(
        `the packet is well formed, but its ${symptom.field} is not right.`,
        `分组格式正确，但其中的 ${symptom.field} 不对。`,
      );
    case 'early':
      return text(
        `it answered when ${symptom.sent} of ${symptom.of} bytes had come: what one recv gives is taken for a packet.`,
        `收到 ${symptom.of} 字节中的 ${symptom.sent} 字节就作了回答：把一次 recv 的结果当成了一个分组。`,
      );
    case 'wrong-unit':
      return symptom.times > 1
        ? text('milliseconds were sent where seconds are wanted.', '应为秒，却发送了毫秒。')
        : text('seconds were sent where milliseconds are wanted.', '应为毫秒，却发送了秒。');
    case 'port-swapped':
      return text(
        'the two bytes of the port are in the other order than the description says: accept gives it in network byte order, and ntohs is missing, or is one too many.',
        '端口的两个字节与描述的顺序相反：accept 给出的是网络字节序，少了一次或多了一次 ntohs。',
      );
    case 'ghost':
      return text(
        'a client that left is still in the table: not every way of leaving takes it out.',
        '已离开的客户端仍在表中：并非每种离开方式都会删除它。',
      );
    case 'unasked':
      return text(
        'the text is written to more sockets than the receiver’s.',
        '文字写到了接收者以外的套接字。',
      );
    case 'mixed-up':
      return text(
        'a variable that belongs to one client or request is shared by all: between reading and answering another one has written to it.',
        '属于某个客户端或请求的变量被共享：在读取与回答之间被别的请求改写。',
      );
    case 'did-not-end':
      return text(
        'SIGTERM is ignored, or its handler only sets a flag that a blocked call never lets the program see.',
        'SIGTERM 被忽略，或处理函数只设置标志而程序阻塞在某个调用中看不到它。',
      );
    case 'did-not-close':
      return text(
        'recv gave 0 or an error and close was not called: the socket stays in CLOSE_WAIT.',
        'recv 返回 0 或错误后没有调用 close：套接字停留在 CLOSE_WAIT。',
      );
    case 'spins':
      return text(
        'recv gives 0 again and again: the end of the stream is taken for “nothing yet”.',
        'recv 反复返回 0：把流的结束当成了“暂无数据”。',
      );
    case 'descriptors':
      return facts !== null && facts.closeWait > 0
        ? text(
            `${facts.closeWait} sockets are in CLOSE_WAIT: their clients left, and close was not called.`,
            `${facts.closeWait} 个套接字处于 CLOSE_WAIT：客户端已离开而未调用 close。`,
          )
        : text(
            'something is opened for each client and not closed.',
            '为每个客户端打开了某个东西而没有关闭。',
          );
  }
}

/** What shells and `env` end with where a command is not there, or may not be executed (POSIX, XCU 2.8.2). */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

const notStarted = (code: number): Text =>
  code === NOT_FOUND
    ? text(
        'the program, or one that it calls, was not found: look at the name, at what was handed in, and at the first line of a script (#!).',
        '找不到程序或它所调用的程序：请检查名字、提交的文件，以及脚本的第一行（#!）。',
      )
    : text(
        'the program may not be executed: chmod +x, and for a script a first line with #!.',
        '程序没有执行权限：chmod +x；脚本还需要以 #! 开头的第一行。',
      );

/** More than answers on their way take. */
const STUCK_BYTES = 4096;

function unanswered(
  { got, rest }: Extract<Symptom, { is: 'no-answer' }>,
  facts: ServerFacts | null,
  printed: boolean,
): Text | undefined {
  if (rest > 0)
    return text(
      'bytes came that are no whole packet: a field is left out, too narrow or in the wrong byte order, or send took only a part.',
      '收到的字节不构成完整的分组：漏了字段、字段太窄、字节序不对，或 send 只发送了一部分。',
    );
  if (facts === null) return undefined;
  const { socket, unaccepted, unsentElsewhere, busy } = facts;
  if (unsentElsewhere > STUCK_BYTES)
    return text(
      `${unsentElsewhere} bytes wait in its socket for a client that does not read: it waits in send for that one, perhaps with a lock that the others need.`,
      `发往一个不读取的客户端的套接字中积压 ${unsentElsewhere} 字节：服务器阻塞在对它的 send 中，可能还持有别人需要的锁。`,
    );
  if (unaccepted > 0)
    return text(
      `${unaccepted === 1 ? 'a connection waits' : `${unaccepted} connections wait`} for accept: the server is busy with one client and does not come back to accept.`,
      `有 ${unaccepted} 个连接等待 accept：服务器忙于一个客户端，没有回到 accept。`,
    );
  if (socket !== null && socket.unread > 0)
    return text(
      `${socket.unread} bytes lie unread in its socket: it is held up elsewhere, in a call for another client or at a lock.`,
      `套接字中有 ${socket.unread} 字节未读：它阻塞在别处（另一个客户端的调用或一把锁）。`,
    );
  if (busy) return text('it is running all the time: an endless loop.', '它一直在运行：死循环。');
  if (printed)
    return text(
      'it has read the bytes and does nothing more with this connection; what it printed stands below. An error may have ended the thread or the function that served this client, and the socket stayed open.',
      '它已读走字节，之后不再处理该连接；程序输出见下。可能是某个错误结束了为该客户端服务的线程或函数，而套接字仍然打开。',
    );
  return got === 0
    ? text(
        'it has read the bytes and sleeps: it took them for something else, or threw them away.',
        '它已读走字节并休眠：把它们当成了别的东西，或丢弃了。',
      )
    : text(
        `after ${got === 1 ? 'one answer' : `${got} answers`} it has read everything and sleeps: what lay behind a packet in its buffer was thrown away, or send took only part of an answer.`,
        `回答 ${got} 个之后已读完并休眠：缓冲区中一个分组之后的字节被丢弃，或 send 只发送了一部分。`,
      );
}

function crash({ code, signal }: ProgramEnd): Text {
  if (signal === 'SIGPIPE')
    return text(
      'it wrote to a connection that the other side had reset; the default action of SIGPIPE ends the process (send(2)).',
      '向对方已复位的连接写入；SIGPIPE 的默认动作会结束进程（send(2)）。',
    );
  if (signal === 'SIGSEGV' || signal === 'SIGABRT' || signal === 'SIGBUS')
    return text(
      'it wrote or read outside its memory: a length from the network went into a copy unchecked.',
      '越界读写内存：来自网络的长度未经检查就用于拷贝。',
    );
  if (signal !== null) return text(`${signal} ended it.`, `${signal} 结束了它。`);
  return code === 0
    ? text(
        'it ended by itself: what one client did ended its main loop.',
        '它自行结束：某个客户端的行为使主循环结束。',
      )
    : text(
        'an error that was meant for one client ended the program; its last words are below.',
        '本应只影响一个客户端的错误结束了整个程序；最后的输出见下。',
      );
}
