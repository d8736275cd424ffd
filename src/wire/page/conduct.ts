import type { Bilingual, Description } from '../description.ts';
import { type MessageType, operationOf, VOCABULARY } from '../message.ts';
import { say } from './words.ts';

/**
 * What server and client do, whatever their packets look like: the conduct that `chatd` and `chat-repl` show, told for
 * whoever writes one of the two. Only what the description has packets for is told.
 */

/** Conduct that goes with one packet. */
export function packetConduct(description: Description, type: MessageType): Bilingual[] {
  const has = (other: MessageType): boolean => description.packets.some((packet) => packet.type === other);
  const carries = (other: MessageType, key: string): boolean => fieldKeys(description, other).has(key);
  const numbered = description.correlate.by === 'field';
  const rules: Bilingual[] = [];
  const rule = (en: string, zh: string): number => rules.push(say(en, zh));
  switch (type) {
    case 'hello.indication':
      rule(
        'The server sends it as the first packet of every connection. A client waits for it before it sends anything.',
        '服务器在每个连接上首先发送它。客户端等它到达之后才发送。',
      );
      if (carries(type, 'id'))
        rule(
          'Clients are numbered from 1 upwards in the order in which they were accepted. A number is never given twice while the server runs, so that a text cannot reach a stranger.',
          '客户端按被接受的次序从 1 开始编号。服务器运行期间编号不重复使用，因此文字不会送到陌生人手里。',
        );
      break;
    case 'hello.request':
      rule(
        'A server refuses (error.response) a name that is empty, longer than its limit or has control characters (bad-name), and one that another connected client has (name-taken). A client may change its name; the last one counts.',
        '名字为空、过长或含控制字符（bad-name），或已被其他在线客户端使用（name-taken）时，服务器以 error.response 拒绝。客户端可以改名，以最后一次为准。',
      );
      break;
    case 'time.request':
      rule('The server answers at once with its own clock.', '服务器立即以自己的时钟回答。');
      break;
    case 'name.request':
      rule(
        'The server answers at once with the name of its own host, as `gethostname` gives it.',
        '服务器立即以自己的主机名（`gethostname`）回答。',
      );
      break;
    case 'list.request':
      rule(
        'The server answers at once with all connected clients, the asking one included.',
        '服务器立即回答所有在线客户端，包括提问者自己。',
      );
      if (carries(type, 'after'))
        rule(
          'The list can be longer than one packet. The server puts in the clients with numbers above `after`, in ascending order, as many as it wants in one page (128 by custom) and never more than fit a packet, and says in `more` whether others follow. The client asks for the next page with the last number that it received.',
          '列表可能放不进一个分组。服务器按升序放入编号大于 `after` 的客户端，每页多少由它决定（惯例 128 个，且不超过一个分组），并用 `more` 说明后面是否还有。客户端用收到的最后一个编号请求下一页。',
        );
      break;
    case 'send.request':
      rule(
        `The server looks the receiver up. Is there none, it answers${has('error.response') ? ' with error.response (unknown-client)' : ' nothing'}. Otherwise it sends the text to the receiver as deliver.indication, with the sender's particulars.`,
        `服务器查找接收者。没有这样的客户端时${has('error.response') ? '以 error.response（unknown-client）回答' : '不作回答'}；否则以 deliver.indication 把文字连同发送者的信息发给接收者。`,
      );
      rule('A client may send to itself.', '客户端可以发给自己。');
      if (has('deliver.response'))
        rule(
          'The sender is answered when it is known what became of the text: send.response `delivered` when deliver.response came from the receiver; `forwarded` when it did not come within 2 seconds, but the operating system has taken the bytes; error.response `receiver-slow` when it has not even taken those; error.response `receiver-gone` when the receiver leaves before. Other requests of the sender are answered meanwhile.',
          '知道文字的下落之后才回答发送者：收到接收者的 deliver.response 时回答 send.response `delivered`；2 秒内未收到但操作系统已取走数据时回答 `forwarded`；连数据也未取走时回答 error.response `receiver-slow`；接收者在此之前离开则回答 error.response `receiver-gone`。其间发送者的其他请求照常得到回答。',
        );
      else if (has('send.response'))
        rule('The sender is then answered with send.response.', '随后以 send.response 回答发送者。');
      else
        rule(
          'Success is not answered: the sender cannot tell it from a lost request.',
          '成功时没有回答：发送者无法把它与丢失的请求区分开。',
        );
      break;
    case 'deliver.indication':
      if (has('deliver.response') && numbered)
        rule(
          'The server chooses the request number (not 0, and none that still waits). It has nothing to do with the numbers that clients choose.',
          '请求号由服务器选择（不为 0，且不与仍在等待的重复），与客户端选择的请求号无关。',
        );
      rule(
        'Texts of one sender to one receiver arrive in the order in which they were sent.',
        '同一发送者发给同一接收者的文字按发送次序到达。',
      );
      break;
    case 'deliver.response':
      rule(
        'The client sends it as soon as it has the text. A server ignores a number that it does not wait for (it came too late, or is wrong).',
        '客户端收到文字后立即发送。服务器忽略它并未等待的请求号（太迟或有误）。',
      );
      break;
    case 'heartbeat.request':
      rule(
        'Either side may ask at any time, to learn whether the other is still there; the other answers at once. Neither has to ask.',
        '任何一方随时可以询问对方是否还在；对方立即回答。双方都不必询问。',
      );
      break;
    case 'token.indication':
      rule(
        'A server that lets in only those who know a word (the token of a class) sends it first on every connection, and its greeting only behind the right token. A server that lets everybody in never sends it.',
        '只让知道口令（班级的 token）的人进入的服务器，在每个连接上首先发送它，收到正确的口令之后才发送问候语。对所有人开放的服务器从不发送它。',
      );
      break;
    case 'token.request':
      rule(
        'A client sends it when it was asked for (token.indication), and never unasked: the token would be told to whoever listens on that port. The token crosses the wire as it is; who can capture there reads it, unless the connection is encrypted (TLS).',
        '客户端只在被要求时（token.indication）发送它，从不主动发送：否则口令会告诉任何在该端口监听的程序。口令以原样经过网络；能在那里抓包的人就能读到它，除非连接经过加密（TLS）。',
      );
      rule(
        'A wrong one, and whatever else comes before it, is refused (error.response, bad-token), and the connection ends with bye.indication.',
        '口令错误，或在口令之前发送其他请求，都会被拒绝（error.response，bad-token），连接以 bye.indication 结束。',
      );
      break;
    case 'bye.indication':
      rule(
        'Sent before an orderly end: by a client that leaves (status ok), by a server that ends (shutting-down), is full (too-many-clients, in place of the greeting), or loses patience (too-slow, idle). Behind it the sender closes its direction (`shutdown(fd, SHUT_WR)`), reads on until the other side has closed, too, and then closes the socket. Whoever receives it waits for that end of the stream, and closes then.',
        '有序结束之前发送：离开的客户端（状态 ok），将要结束的服务器（shutting-down）、已满的服务器（too-many-clients，代替问候语）或失去耐心的服务器（too-slow、idle）。随后发送者关闭自己的方向（`shutdown(fd, SHUT_WR)`），继续读到对方也关闭为止，再关闭套接字。收到者等到这个方向的字节流结束后再关闭连接。',
      );
      rule(
        'A connection may also end without it, when a program is killed or a cable is cut: the end of the stream is an end like any other.',
        '连接也可能没有它就结束（进程被杀、网线被拔）：字节流的结束同样是结束。',
      );
      break;
    case 'error.indication':
      rule(
        'See "Bytes that are no packet". A client that receives it shows the text and closes.',
        '见“不是分组的字节”。客户端收到后显示文字并关闭连接。',
      );
      break;
    case 'error.response':
      rule(
        'The answer to a request that failed, in place of its own response. The connection goes on.',
        '代替请求自身的响应，说明请求失败。连接继续。',
      );
      break;
    case 'hello.response':
    case 'time.response':
    case 'name.response':
    case 'list.response':
    case 'send.response':
    case 'heartbeat.response':
    case 'token.response':
      break;
  }
  return rules;
}

/** Conduct that goes with requests as such. */
export function requestConduct(description: Description): Bilingual[] {
  const has = (other: MessageType): boolean => description.packets.some((packet) => packet.type === other);
  const rules: Bilingual[] = [];
  const rule = (en: string, zh: string): number => rules.push(say(en, zh));
  const unanswered = description.packets
    .map(({ type }) => type)
    .filter((type) => type.endsWith('.request') && !has(`${operationOf(type)}.response` as MessageType));
  rule(
    `Every request is answered exactly once: by the response of its operation${has('error.response') ? ' or by error.response' : ''}${unanswered.length > 0 ? `; except ${unanswered.join(', ')}, which has no response` : ''}.`,
    `每个请求恰好得到一次回答：同一操作的响应${has('error.response') ? '或 error.response' : ''}${unanswered.length > 0 ? `；${unanswered.join('、')} 例外，没有响应` : ''}。`,
  );
  if (description.correlate.by === 'field') {
    const { field } = description.correlate;
    rule(
      `Whoever asks chooses the number in \`${field}\`: any but 0, and none that still waits for its answer. The response repeats it. In an indication that wants no answer it is 0.`,
      `\`${field}\` 中的号码由提问方选择：不为 0，也不与仍在等待回答的重复。响应中原样带回。不需要回答的指示中为 0。`,
    );
    rule(
      'Requests may be pipelined: a client need not wait for an answer before it asks again. Answers may come in any order; only their numbers say what they answer.',
      '请求可以流水线发送：客户端不必等到回答就可以再问。回答可以以任意次序到达；只有号码说明它们回答哪个请求。',
    );
  } else {
    rule(
      'There are no request numbers: a response belongs to the oldest request of its operation that is still unanswered. A server therefore answers in the order of the requests, and a client that gives up an answer must still count it.',
      '没有请求号：响应属于同一操作中最早的、尚未回答的请求。因此服务器按请求的次序回答，客户端放弃等待的回答也必须计入。',
    );
  }
  rule(
    'Indications may arrive between requests and responses at any time. A client must be ready for them whatever it waits for.',
    '指示可能随时夹在请求与响应之间到达。客户端无论在等什么，都要能处理它们。',
  );
  rule(
    'A client that has sent its FIN still gets the answers to what it asked before; then the server closes, too.',
    '客户端发出 FIN 之后，仍会得到此前请求的回答；随后服务器也关闭。',
  );
  return rules;
}

/** What happens on bytes that are no packet. */
export function badBytesConduct(description: Description): Bilingual[] {
  const has = (other: MessageType): boolean => description.packets.some((packet) => packet.type === other);
  const { framing, header } = description;
  const constants = header
    .filter((field) => field.role.is === 'constant')
    .map((field) => `\`${field.name}\``);
  const rules: Bilingual[] = [];
  const rule = (en: string, zh: string): number => rules.push(say(en, zh));
  const cases: Bilingual[] = [];
  if (constants.length > 0)
    cases.push(say(`another value in ${constants.join(', ')}`, `${constants.join('、')} 的值不符`));
  if (framing.by === 'length')
    cases.push(
      say(
        `a length that makes the packet shorter than its header or longer than ${framing.maxBytes} bytes`,
        `长度使分组短于首部或超过 ${framing.maxBytes} 字节`,
      ),
    );
  if (framing.by === 'terminator')
    cases.push(
      say(
        `no end of packet within ${framing.maxBytes} bytes`,
        `${framing.maxBytes} 字节之内没有分组结束标志`,
      ),
    );
  cases.push(
    say(
      'no packet below that has such values and is sent by this side',
      '没有任何一种该方可发送的分组具有这样的值',
    ),
    say('fields that end early, or bytes behind the last field', '字段不完整，或最后一个字段之后还有字节'),
    say(
      'a text that is too long or not validly encoded, or a number that its field does not know',
      '文字过长或编码不合法，或数值没有定义',
    ),
  );
  rule(
    `No packet are bytes with: ${cases.map(({ en }) => en).join('; ')}. The length is checked as soon as it is there, before the rest is awaited or stored.`,
    `下列字节不是分组：${cases.map(({ zh }) => zh).join('；')}。长度一到就检查，不等待也不存储其余部分。`,
  );
  rule(
    has('error.indication')
      ? 'A server answers them with error.indication (status bad-packet, a sentence that says what was wrong), reads nothing more of that connection, and closes it as behind a bye. Nobody knows where the next packet would begin. Other connections are not touched.'
      : has('bye.indication')
        ? 'A server says bye.indication (bad-packet), reads nothing more of that connection, and closes it. Other connections are not touched.'
        : 'A server closes that connection; this protocol has no packet to say why. Other connections are not touched.',
    has('error.indication')
      ? '服务器以 error.indication（状态 bad-packet，文字说明错在哪里）回答，不再读取该连接，并像 bye 之后那样关闭它：没有人知道下一个分组从哪里开始。其他连接不受影响。'
      : has('bye.indication')
        ? '服务器发送 bye.indication（bad-packet），不再读取该连接并关闭它。其他连接不受影响。'
        : '服务器关闭该连接；本协议没有说明原因的分组。其他连接不受影响。',
  );
  rule('A client that receives such bytes closes the connection.', '客户端收到这样的字节时关闭连接。');
  return rules;
}

/** The keys that a packet's fields carry. */
function fieldKeys(description: Description, type: MessageType): Set<string> {
  const packet = description.packets.find((candidate) => candidate.type === type);
  const keys = new Set<string>();
  const visit = (fields: Description['header']): void => {
    for (const field of fields) {
      if (field.role.is === 'meaning') keys.add(field.role.key);
      if (field.kind === 'block') visit(field.fields);
      if (field.kind === 'tlv') visit(field.items.map((item) => item.field));
    }
  };
  visit([...description.header, ...(packet?.fields ?? [])]);
  const known = Object.keys(VOCABULARY[type].fields);
  return new Set(known.filter((key) => keys.has(key)));
}
