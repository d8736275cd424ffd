import { AWAITED, type Bilingual, type Description, type Field, type Packet } from './description.ts';
import { carriedKeys } from './fields.ts';
import type { MessageType } from './message.ts';

/** A weakness of a protocol that can be described and spoken all the same. */
export interface Finding {
  /** Stable name, to branch on. */
  readonly code: string;
  /** The packet, field or part that is meant. */
  readonly where: string;
  readonly what: Bilingual;
  /** What will go wrong because of it. */
  readonly consequence: Bilingual;
  /** Where it shows. */
  readonly lab: Bilingual;
}

const LAB = {
  burst: { en: '03-time-100x, the requests sent in a burst', zh: '03-time-100x，连续发送的请求' },
  send: {
    en: '02-commands, a text sent to a client and to an unknown number',
    zh: '02-commands，发送文字，以及发给不存在的编号',
  },
  many: { en: '04-many-clients, many clients at once', zh: '04-many-clients，多个客户端同时连接' },
  cable: {
    en: '06-abnormal-exit and 12-dead-peer, the cable pulled',
    zh: '06-abnormal-exit 与 12-dead-peer，拔掉网线',
  },
  bytes: {
    en: '02-commands and 17-framing, the bytes of each packet',
    zh: '02-commands 与 17-framing，每个分组的字节',
  },
  teardown: { en: '08-teardown', zh: '08-teardown' },
};

/** Every weakness that the description itself shows, the gravest first. */
export function findingsOf(description: Description): Finding[] {
  const findings: Finding[] = [];
  const found = (
    code: string,
    where: string,
    what: Bilingual,
    consequence: Bilingual,
    lab: Bilingual,
  ): number => findings.push({ code, where, what, consequence, lab });
  const has = (type: MessageType): boolean => description.packets.some((packet) => packet.type === type);

  if (description.correlate.by === 'order') {
    found(
      'no-request-number',
      'correlate',
      { en: 'Answers carry no request number.', zh: '回答中没有请求号。' },
      {
        en: 'Only their order says what they answer: one lost or doubled answer shifts all behind it, two answers can be swapped unseen, and one slow request holds up all others.',
        zh: '只有次序说明它们回答什么：丢失或多出一个回答，其后的全部错位；两个回答互换无从察觉；一个慢请求拖住其他所有请求。',
      },
      LAB.burst,
    );
  }
  for (const packet of description.packets) {
    packetFindings(description, packet, found);
    fieldFindings(packet.type, packet.fields, found);
  }
  fieldFindings('header', description.header, found);
  if (has('send.request') && !has('send.response')) {
    found(
      'success-unanswered',
      'send.request',
      { en: 'Success gets no answer.', zh: '成功没有回答。' },
      {
        en: 'The sender cannot tell a text that arrived from one that was lost; a client that waits for an answer waits for ever.',
        zh: '发送者分不清文字是已到达还是丢失；等待回答的客户端会永远等下去。',
      },
      LAB.send,
    );
  }
  if (has('send.request') && has('send.response') && !has('deliver.response')) {
    found(
      'delivery-unconfirmed',
      'deliver.indication',
      { en: 'The receiver does not confirm a text.', zh: '接收者不确认文字。' },
      {
        en: "The sender learns that the text was written to the receiver's connection, which is true of a pulled cable, too.",
        zh: '发送者只知道文字写入了接收者的连接；网线拔掉时也是如此。',
      },
      LAB.cable,
    );
  }
  framingFindings(description, found);
  if (!description.packets.some(({ type }) => type.startsWith('heartbeat.'))) {
    found(
      'no-heartbeat',
      'packets',
      { en: 'There is no heartbeat.', zh: '没有心跳。' },
      {
        en: 'Neither side can ask whether the other is still there; a dead connection stays in the list until something is sent to it and TCP gives up.',
        zh: '任何一方都无法询问对方是否还在；死连接一直留在列表里，直到向它发送数据而 TCP 放弃为止。',
      },
      LAB.cable,
    );
  }
  if (
    !description.packets.some(
      ({ type, speakers }) =>
        (type === 'bye.indication' || type === 'error.indication') && speakers.includes('server'),
    )
  ) {
    found(
      'server-ends-silently',
      'packets',
      { en: 'The server has no packet to say why it closes.', zh: '服务器没有说明关闭原因的分组。' },
      {
        en: 'A client cannot tell a server that shuts down from one that crashed or refused its bytes.',
        zh: '客户端分不清服务器是正常关闭、崩溃，还是拒绝了它的字节。',
      },
      LAB.teardown,
    );
  }
  const list = description.packets.find(({ type }) => type === 'list.response');
  if (list !== undefined && !carriedKeys(list.fields).has('more')) {
    found(
      'list-without-pages',
      'list.response',
      { en: 'The list of clients must fit one packet.', zh: '客户端列表必须放进一个分组。' },
      {
        en: `With more clients than fit ${description.framing.maxBytes} bytes the list is cut, or cannot be sent at all.`,
        zh: `客户端多到 ${description.framing.maxBytes} 字节放不下时，列表被截断，或根本无法发送。`,
      },
      LAB.many,
    );
  }
  return findings;
}

type Found = (code: string, where: string, what: Bilingual, consequence: Bilingual, lab: Bilingual) => number;

function framingFindings({ framing, header, packets }: Description, found: Found): void {
  if (framing.by === 'size') {
    found(
      'no-length',
      'framing',
      {
        en: `Nothing says how long a packet is: all have ${framing.bytes} bytes.`,
        zh: `没有长度：所有分组都是 ${framing.bytes} 字节。`,
      },
      {
        en: `The shortest request costs ${framing.bytes} bytes, no text can be longer than fits, and one byte lost or added shifts every packet behind it.`,
        zh: `最短的请求也占 ${framing.bytes} 字节，文字不能超过剩余空间；多一个或少一个字节，其后的分组全部错位。`,
      },
      LAB.bytes,
    );
  }
  if (!header.some((field) => field.role.is === 'constant') && framing.by !== 'terminator') {
    found(
      'no-magic',
      'header',
      {
        en: 'No field has the same value in every packet: no magic number, no version.',
        zh: '没有恒定的字段：没有魔数，也没有版本号。',
      },
      {
        en: 'A stranger (a browser, another group) is taken at its word; two versions of the protocol cannot tell each other apart.',
        zh: '陌生的程序（浏览器、别组的程序）会被当真；协议的两个版本无法互相识别。',
      },
      LAB.bytes,
    );
  }
  if (framing.by === 'terminator') {
    const mark = JSON.stringify(new TextDecoder().decode(framing.terminator));
    found(
      'separator-in-text',
      'framing',
      {
        en: `A packet is ended by ${mark}, which a text may contain.`,
        zh: `分组以 ${mark} 结束，而文字可能包含它。`,
      },
      {
        en: 'What stands behind it in a text is read as a packet of its own: a user can forge one.',
        zh: '文字中它后面的部分会被当作另一个分组：用户可以借此伪造分组。',
      },
      LAB.send,
    );
  }
  if (packets.some(({ opening }) => opening?.ends === 'next-packet')) {
    found(
      'opening-without-end',
      'hello.indication',
      {
        en: 'Nothing says where the greeting ends, or whether there is one.',
        zh: '没有任何东西说明问候语在哪里结束，甚至是否存在。',
      },
      {
        en: 'A client that takes one recv for the greeting takes half of it, or the first answer with it; the kit waits for the first packet behind it.',
        zh: '把一次 recv 当作问候语的客户端可能只拿到一半，或连同第一个回答一起拿走；本套件等到其后的第一个分组才能断定。',
      },
      LAB.bytes,
    );
  }
}

function packetFindings(description: Description, packet: Packet, found: Found): void {
  const { type, when, fields } = packet;
  if (when.has(AWAITED)) {
    found(
      'answer-without-type',
      type,
      { en: 'The answer does not say what it answers.', zh: '回答不说明自己回答什么。' },
      {
        en: 'Somebody who did not see the request (a tool that joins late, a client that lost count) misreads it.',
        zh: '没有看到请求的人（中途开始抓包的工具、数错了的客户端）会误读它。',
      },
      LAB.burst,
    );
  }
  const own = [...when].filter(([name]) =>
    fields.some((field) => field.name === name && field.kind === 'text' && field.role.is === 'meaning'),
  );
  for (const [name, condition] of own) {
    if (condition.is !== 'in') continue;
    const like = description.packets.find(
      (other) =>
        other !== packet &&
        other.when.get(name)?.is === 'not in' &&
        other.speakers.some((speaker) => packet.speakers.includes(speaker)),
    );
    if (like === undefined) continue;
    found(
      'told-by-text',
      `${type}: ${name}`,
      {
        en: `Only the words of a text tell ${type} from ${like.type}.`,
        zh: `只有文字内容能区分 ${type} 与 ${like.type}。`,
      },
      {
        en: `A user who sends exactly ${condition.values.map((value) => JSON.stringify(value)).join(' or ')} is taken for the other packet.`,
        zh: `用户恰好发送 ${condition.values.map((value) => JSON.stringify(value)).join(' 或 ')} 时，会被当作另一种分组。`,
      },
      LAB.send,
    );
  }
  if (type === 'send.request' && !carriedKeys(fields).has('to')) {
    found(
      'addressed-by-place',
      type,
      {
        en: 'The receiver is named by its address and port, not by a number.',
        zh: '接收者用地址和端口指定，而不是编号。',
      },
      {
        en: 'The port may belong to another client by now, and who sits behind a translating router is not where it thinks.',
        zh: '端口此时可能已属于另一个客户端；地址转换之后，客户端也不在它自以为的位置。',
      },
      LAB.send,
    );
  }
  if (type === 'deliver.indication' && !['from', 'fromAddress'].some((key) => carriedKeys(fields).has(key))) {
    found(
      'sender-unknown',
      type,
      { en: 'A text does not say from whom it is.', zh: '文字没有说明来自谁。' },
      {
        en: 'The receiver cannot answer, and nobody can show that two senders were not mixed up.',
        zh: '接收者无法回复，也无法证明没有把两个发送者混淆。',
      },
      LAB.send,
    );
  }
  if (type === 'error.response' && !carriedKeys([...description.header, ...fields]).has('status')) {
    found(
      'error-without-status',
      type,
      { en: 'An error has no number.', zh: '错误没有编号。' },
      {
        en: 'A program must compare sentences to know what failed.',
        zh: '程序只能比较句子才能知道失败的原因。',
      },
      LAB.send,
    );
  }
}

function fieldFindings(where: string, fields: readonly Field[], found: Found): void {
  for (const field of fields) {
    const place = `${where}: ${field.name}`;
    if ((field.kind === 'int' || field.kind === 'decimal') && field.swapped) {
      found(
        'swapped-port',
        place,
        {
          en: 'A number in network order is printed without turning it (ntohs).',
          zh: '网络序的数值未经转换（ntohs）就打印。',
        },
        {
          en: 'Port 51402 (0xc8ca) is shown as 51912 (0xcac8); only a machine of the same byte order reads it right.',
          zh: '端口 51402（0xc8ca）显示为 51912（0xcac8）；只有字节序相同的机器才能读对。',
        },
        LAB.bytes,
      );
    }
    if (field.kind === 'int' && field.layout.little && field.layout.bytes > 1 && where === 'header') {
      found(
        'host-order',
        place,
        {
          en: `An integer of ${field.layout.bytes} bytes in the order of one machine, not in network order.`,
          zh: `${field.layout.bytes} 字节的整数按某种机器的字节序存放，而不是网络序。`,
        },
        {
          en: 'A program that sends its struct as it lies in memory is understood only where order, width and padding are the same: `long` has 4 bytes on Windows and on 32-bit systems.',
          zh: '把内存中的结构体原样发送的程序，只有在字节序、宽度和填充都相同的机器上才能被理解：在 Windows 与 32 位系统上 `long` 只有 4 字节。',
        },
        LAB.bytes,
      );
    }
    if (
      'extent' in field &&
      field.extent.by === 'size' &&
      (field.kind === 'text' || field.kind === 'block')
    ) {
      const holds =
        field.kind === 'text' ||
        field.fields.some((inner) => inner.kind === 'text' || inner.kind === 'group');
      if (holds && field.role.is !== 'selector')
        found(
          'size-cuts',
          place,
          { en: `At most ${field.extent.bytes} bytes fit.`, zh: `最多 ${field.extent.bytes} 字节。` },
          {
            en: 'A longer value is cut (perhaps in the middle of a character) or must be refused, and a value that fills it has no NUL behind it: a C program that prints it reads on.',
            zh: '更长的值被截断（可能切在字符中间）或只能拒绝；恰好填满时后面没有 NUL，C 程序打印时会越界读取。',
          },
          LAB.send,
        );
    }
    if (field.kind === 'text' && field.extent.by === 'until' && field.role.is === 'meaning') {
      const mark = JSON.stringify(new TextDecoder().decode(field.extent.delimiter));
      found(
        'separator-in-text',
        place,
        {
          en: `The text is ended by ${mark}, which a user may type.`,
          zh: `文字以 ${mark} 结束，而用户可能输入它。`,
        },
        {
          en: 'Such a text is cut, and its rest is read as the next field.',
          zh: '这样的文字被截断，其余部分被当作下一个字段。',
        },
        LAB.send,
      );
    }
    if (
      field.role.is === 'meaning' &&
      field.role.meaning.meaning === 'time' &&
      'unit' in field &&
      field.unit === 's'
    ) {
      found(
        'time-in-seconds',
        place,
        { en: 'Time is told in whole seconds.', zh: '时间只精确到秒。' },
        {
          en: 'A hundred answers of one burst carry the same value, so that swapped ones look right.',
          zh: '一次连发的一百个回答数值相同，互换了也看不出来。',
        },
        LAB.burst,
      );
    }
    if (field.kind === 'group' || field.kind === 'block') fieldFindings(where, field.fields, found);
    if (field.kind === 'tlv')
      fieldFindings(
        where,
        field.items.map((item) => item.field),
        found,
      );
  }
}
