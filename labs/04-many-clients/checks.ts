import { isDeepStrictEqual } from 'node:util';
import {
  callLines,
  conclude,
  type Evidence,
  type Finding,
  frames,
  MISSING,
  ofClients,
  socketLines,
  type Statement,
  text,
  variantOf,
  when,
  wholeCaptures,
  withoutPackets,
} from '../../src/check/index.ts';
import { ringText } from './scenario.ts';
import { type ClientView, manyView, type ManyView } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  const view = manyView(evidence);
  if (view === undefined) return conclude(text('the clients’ connections', '各客户端的连接'), [MISSING]);
  return wholeCaptures(
    evidence,
    view.clients.map(({ clientPort, serverPort }) => ({
      clientPort,
      serverPort,
      hosts: ['client', 'server'],
    })),
  );
}

export function nothingLost(evidence: Evidence): Finding {
  const expected = text(
    'every client’s requests reach the server, each gets one answer with its own number, and the program has as many values',
    '每个客户端的请求都到达服务器，各得到一个带有自己请求号的应答，程序得到同样多的值',
  );
  return onAll(evidence, expected, ({ asked, answered, returned, client }, { requests }) => {
    if (client === undefined) return MISSING;
    const numbers = (packets: typeof asked): number[] =>
      packets.map(({ message }) => message.request).sort((a, b) => a - b);
    const paired =
      !evidence.protocol.numbersRequests ||
      (isDeepStrictEqual(numbers(asked), numbers(answered)) && new Set(numbers(asked)).size === asked.length);
    return when(
      asked.length === requests && answered.length === requests && returned === requests && paired,
      text(
        `${asked.length} asked, ${answered.length} answered, ${returned} in the program`,
        `请求 ${asked.length}，应答 ${answered.length}，程序得到 ${returned}`,
      ),
      frames(client.capture.file, ...answered.flatMap((packet) => packet.frames)),
    );
  });
}

export function atOnce(evidence: Evidence): Finding {
  const expected = text(
    'at one moment all requests of all clients wait in the server’s kernel: Recv-Q of each socket is the bytes of all of them, and no answer was sent before the server went on',
    '在同一时刻，所有客户端的全部请求都在服务器内核中等待：每个套接字的 Recv-Q 等于其全部请求的字节数，服务器恢复之前没有发出应答',
  );
  return onAll(evidence, expected, ({ asked, answered, server, client, waiting }, { resumedUs }) => {
    if (server === undefined || client === undefined || waiting?.row === undefined || asked.length === 0)
      return MISSING;
    const bytes = asked.reduce((sum, packet) => sum + packet.bytes.length, 0);
    const early = asked.every(({ atNs }) => server.capture.atUs(atNs) < resumedUs);
    const late = answered.every(({ atNs }) => client.capture.atUs(atNs) >= resumedUs);
    return when(
      waiting.row.receiveQueueBytes === bytes && early && late,
      text(
        `Recv-Q ${waiting.row.receiveQueueBytes} of ${bytes} bytes`,
        `Recv-Q ${waiting.row.receiveQueueBytes}/${bytes} 字节`,
      ),
      frames(server.capture.file, ...asked.flatMap((packet) => packet.frames)),
      socketLines(waiting.line),
    );
  });
}

export function nothingMixed(evidence: Evidence): Finding {
  const expected = text(
    'each client gets exactly the texts that its neighbour sent it, in their order; on its connection and in its program',
    '每个客户端恰好得到其相邻客户端发给它的文本，次序不变；其连接上与程序中都是如此',
  );
  const { student } = evidence.manifest;
  const { clientName } = variantOf(student ?? undefined, Number(evidence.manifest.parameters['port']));
  return onAll(evidence, expected, ({ number, heard, delivered, client }, { clients, texts }) => {
    if (client === undefined) return MISSING;
    const from = number === 1 ? clients.length : number - 1;
    const wanted = Array.from({ length: texts }, (_, index) => ringText(clientName, from, number, index + 1));
    const wire = delivered.map(({ message }) => (message.type === 'deliver.indication' ? message.text : ''));
    const program = heard.map((each) => each.text);
    return when(
      isDeepStrictEqual(wire, wanted) && isDeepStrictEqual(program, wanted),
      text(
        `${wire.length} on the wire, ${program.length} in the program, of ${wanted.length} from the client before it`,
        `连接上 ${wire.length} 个，程序中 ${program.length} 个，前一个客户端应发 ${wanted.length} 个`,
      ),
      frames(client.capture.file, ...delivered.flatMap((packet) => packet.frames)),
      callLines(...heard.map(({ line }) => line)),
    );
  });
}

function onAll(
  evidence: Evidence,
  expected: Finding['expected'],
  rule: (client: ClientView, view: ManyView) => Statement,
): Finding {
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = manyView(evidence);
  if (view === undefined) return conclude(expected, [MISSING]);
  const told = view.clients.map((client) => ({ number: client.number, ...rule(client, view) }));
  return conclude(expected, ofClients(told));
}
