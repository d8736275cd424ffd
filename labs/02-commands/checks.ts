import { isDeepStrictEqual } from 'node:util';
import {
  callLines,
  conclude,
  type Evidence,
  type Finding,
  frames,
  MISSING,
  socketLines,
  type Statement,
  text,
  when,
  type Where,
  wholeCaptures,
  withoutPackets,
} from '../../src/check/index.ts';
import { annotate, stateOf } from '../../src/wire/index.ts';
import { COMMANDS } from './scenario.ts';
import { commandViews, entriesOf, heard, type Journey, links, packetOf } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  return wholeCaptures(
    evidence,
    links(evidence).map(({ clientPort, serverPort, who }) => ({
      clientPort,
      serverPort,
      hosts: [who, 'server'],
    })),
  );
}

export function answers(evidence: Evidence): Finding {
  const expected = text(
    'one request and one answer each for time and name, the same bytes at both ends, and the program got what the answer says; the time lies between the call and its return',
    'time 与 name 各一个请求、一个应答，两端字节相同，程序得到的就是应答中的内容；时间介于调用与返回之间',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const statements = (['time', 'name'] as const).map((command): Statement => {
    const view = commandViews(evidence).find((each) => each.command === command);
    const request = view && packetOf(view, 'client', `${command}.request`);
    const answer = view && packetOf(view, 'client', `${command}.response`);
    const { call, outcome } = view ?? {};
    if (
      request === undefined ||
      answer === undefined ||
      call === undefined ||
      outcome?.record.kind !== 'return'
    )
      return MISSING;
    const { message } = answer.from;
    const got = outcome.record.value;
    const said =
      message.type === 'time.response' ? message.time : message.type === 'name.response' ? message.name : '';
    const numbers = !evidence.protocol.numbersRequests || request.from.message.request === message.request;
    // A protocol that counts whole seconds cuts up to one off.
    const inTime =
      message.type !== 'time.response' ||
      (message.time >= call.record.atUs / 1000 - 1000 && message.time <= outcome.record.atUs / 1000 + 1);
    const alike = view?.packets.filter(({ who }) => who === 'client').every(sameBytes) === true;
    const count = view?.packets.length;
    const good = numbers && alike && inTime && said === got && count === 2;
    return when(
      good,
      text(
        `${command}: ${String(said)} on the wire, ${String(got)} in the program, ${count ?? 0} packets${inTime ? '' : ', not between call and return'}`,
        `${command}：网络上为 ${String(said)}，程序得到 ${String(got)}，共 ${count ?? 0} 个分组${inTime ? '' : '，不在调用与返回之间'}`,
      ),
      ...placesOf([request, answer]),
      callLines(call.line, outcome.line),
    );
  });
  return conclude(expected, statements);
}

export function listIsRight(evidence: Evidence): Finding {
  const expected = text(
    'the list names exactly the connections that the server’s kernel has, by address and port; the same in the packet and in the program',
    '列表中的地址与端口正是服务器内核中的各条连接；分组与程序所得相同',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = commandViews(evidence).find(({ command }) => command === 'list');
  const answer = view && packetOf(view, 'client', 'list.response');
  const snapshot = evidence.sockets.find(
    ({ record }) =>
      record.kind === 'snapshot' && record.host === 'server' && record.label === 'both connected',
  );
  if (answer?.from.message.type !== 'list.response' || snapshot?.record.kind !== 'snapshot')
    return conclude(expected, [MISSING]);
  const { outcome } = view ?? {};
  if (outcome?.record.kind !== 'return') return conclude(expected, [MISSING]);
  const port = Number(evidence.manifest.parameters['port']);
  const kernel = snapshot.record.rows
    .filter(({ state, localPort }) => state === 'ESTABLISHED' && localPort === port)
    .map(({ remoteAddress, remotePort }) => `${remoteAddress.replace('::ffff:', '')}:${remotePort}`)
    .sort();
  const named = (entries: readonly { address: string; port: number }[]): string[] =>
    entries.map(({ address, port: each }) => `${address}:${each}`).sort();
  const wire = named(answer.from.message.clients);
  const program = named(entriesOf(outcome.record.value));
  const good = isDeepStrictEqual(wire, kernel) && isDeepStrictEqual(wire, program) && kernel.length === 2;
  return conclude(expected, [
    when(
      good,
      text(
        `packet: ${wire.join(', ')}; program: ${program.join(', ')}; kernel: ${kernel.join(', ')}`,
        `分组：${wire.join('、')}；程序：${program.join('、')}；内核：${kernel.join('、')}`,
      ),
      ...placesOf([answer]),
      callLines(outcome.line),
      socketLines(snapshot.line),
    ),
  ]);
}

/** The description read step by step must find what the codec found, and leave no byte unnamed. */
export function marked(evidence: Evidence): Finding {
  const expected = text(
    'every byte of every packet belongs to a field of the description, and the fields give the message that the programs exchanged',
    '每个分组的每个字节都属于协议描述中的某个字段，由字段得到的消息与程序交换的一致',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const views = commandViews(evidence);
  if (views.length < COMMANDS.length) return conclude(expected, [MISSING]);
  const packets = views.flatMap((view) => view.packets);
  const bad = packets.filter((packet) => !isMarked(evidence, packet));
  const seen = text(
    `${packets.length} packets, ${packets.reduce((sum, { from }) => sum + from.bytes.length, 0)} bytes; ${bad.length} packets not fully named`,
    `${packets.length} 个分组，${packets.reduce((sum, { from }) => sum + from.bytes.length, 0)} 字节；${bad.length} 个未能完全标注`,
  );
  return conclude(expected, [
    when(bad.length === 0 && packets.length > 0, seen, ...placesOf(bad.length > 0 ? bad : packets)),
  ]);
}

function isMarked(evidence: Evidence, { from }: Journey): boolean {
  const { message, spans } = annotate(
    evidence.protocol,
    from.side === 0 ? 'client' : 'server',
    from.bytes,
    stateOf(from.message.type),
  );
  const named = new Set(
    spans.slice(1).flatMap(({ offset, length }) => Array.from({ length }, (_, index) => offset + index)),
  );
  return named.size === from.bytes.length && isDeepStrictEqual(message, from.message);
}

export function wayOfText(evidence: Evidence): Finding {
  const expected = text(
    'the text goes from the sender to the server and from there to the receiver, unchanged, with the sender’s own address and port where the protocol has a field for them; the receiver’s program has it, and the sender’s result comes after it has left for the receiver',
    '文本从发送者到服务器，再到接收者，内容不变，并附发送者自己的地址与端口（若协议有此字段）；接收者的程序得到它，且在文本发往接收者之后发送者才得到结果',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = commandViews(evidence).find(({ command }) => command === 'send');
  const asked = view && packetOf(view, 'client', 'send.request');
  const brought = view && packetOf(view, 'friend', 'deliver.indication');
  const told = heard(evidence);
  const sender = links(evidence).find(({ who }) => who === 'client');
  if (
    view === undefined ||
    asked?.from.message.type !== 'send.request' ||
    brought?.from.message.type !== 'deliver.indication' ||
    told === undefined ||
    sender?.here === undefined
  )
    return conclude(expected, [MISSING]);
  const { message: request } = asked.from;
  const { message: indication } = brought.from;
  const words = String(view.facts['text']);
  const from = sender.here.connection.initiator;
  const answer = packetOf(view, 'client', 'send.response');
  const ordered =
    asked.to !== undefined &&
    brought.to !== undefined &&
    asked.to.atUs <= brought.from.atUs &&
    (answer === undefined || answer.from.atUs >= brought.from.atUs);
  const whole = [request.text, indication.text, String(told.record.fields['text'])].every(
    (each) => each === words,
  );
  // A packet that has no field for it cannot say from whom: that is the protocol's weakness, and no fault of this run.
  const anonymous = !evidence.protocol.carries('deliver.indication', 'fromPort');
  const named =
    anonymous ||
    (indication.fromPort === sender.clientPort &&
      indication.fromAddress === from.address &&
      Number(told.record.fields['fromPort']) === sender.clientPort);
  // Where the protocol answers a send that went well, the answer must be there.
  const answered = answer !== undefined || !evidence.protocol.can('send.response');
  const result = String(view.facts['outcome']);
  return conclude(expected, [
    when(
      ordered && whole && named && answered && view.packets.every(sameBytes),
      text(
        `“${indication.text}”, ${anonymous ? 'which does not say from whom, since this protocol has no field for it' : `from ${indication.fromAddress}:${indication.fromPort}`}; result for the sender: ${result}${ordered ? '' : '; in another order'}`,
        `“${indication.text}”，${anonymous ? '该协议没有注明发送者的字段' : `来自 ${indication.fromAddress}:${indication.fromPort}`}；发送者得到的结果：${result}${ordered ? '' : '；次序不符'}`,
      ),
      ...placesOf([asked, brought, ...(answer === undefined ? [] : [answer])]),
      callLines(told.line, ...(view.outcome === undefined ? [] : [view.outcome.line])),
    ),
  ]);
}

export function unknownNumber(evidence: Evidence): Finding {
  const expected = text(
    'a send to a number that nobody has gets one error answer with a code and a sentence, the sender’s call throws, and nothing goes to the other client',
    '发送到不存在的编号时，发送者得到一个带错误码和说明的应答，其调用抛出错误；另一个客户端不会收到任何内容',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = commandViews(evidence).find(({ command }) => command === 'unknown');
  const refused = view && packetOf(view, 'client', 'error.response');
  if (view === undefined || view.outcome === undefined) return conclude(expected, [MISSING]);
  const { outcome, packets } = view;
  // Where a protocol names receivers by address and port, our client looks the number up in the list.
  if (!packets.some(({ from }) => from.message.type === 'send.request'))
    return {
      verdict: 'skipped',
      expected,
      actual: text(
        'this protocol has no numbers for receivers: the client found none like it in the list, and sent nothing',
        '该协议的接收者没有编号：客户端在列表中找不到它，因此没有发送',
      ),
      where: placesOf(packets),
    };
  const { message } = refused?.from ?? {};
  const toOther = packets.filter(({ who }) => who === 'friend').length;
  const good =
    message?.type === 'error.response' &&
    message.text !== '' &&
    outcome.record.kind === 'throw' &&
    outcome.record.code === message.status &&
    toOther === 0;
  const status = message?.type === 'error.response' ? `${message.status}: ${message.text}` : '–';
  const program = outcome.record.kind === 'throw' ? outcome.record.code : 'no error';
  return conclude(expected, [
    when(
      good,
      text(
        `answer: ${status}; program: ${program}; ${toOther} packets to the other client`,
        `应答：${status}；程序：${program}；发往另一客户端的分组 ${toOther} 个`,
      ),
      ...placesOf(packets),
      callLines(outcome.line),
    ),
  ]);
}

const sameBytes = ({ from, to }: Journey): boolean => to !== undefined && from.bytes.equals(to.bytes);

function placesOf(packets: readonly Journey[]): Where[] {
  return packets.flatMap(({ from, to }) => [
    frames(from.capture.file, ...from.frames),
    ...(to === undefined ? [] : [frames(to.capture.file, ...to.frames)]),
  ]);
}
