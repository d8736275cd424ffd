/** What a check works with: the server, clients that do what it says, a record of the steps, and waits that are fair. */
import { KitError } from '../../bytes/index.ts';
import { same, type Text, text } from '../../check/index.ts';
import { type Message, type Protocol, requestNumber } from '../../wire/index.ts';
import { ended, Failure, missing } from './failure.ts';
import type { Symptom } from './orders.ts';
import { atRest, frozen, patiently, untilRead } from './patience.ts';
import { isAnswer, Peer, type Question, question } from './peer.ts';
import type { Random } from './random.ts';
import type { Watched } from './watched.ts';

/** Starts the server again on the port of the one before, which has ended. */
export type StartAgain = (before: Watched) => Promise<Watched>;

export class Rig {
  readonly protocol: Protocol;
  readonly random: Random;
  readonly steps: Text[] = [];
  /** Plain questions that this server has been seen to answer: a check of the stream is none of the operations. */
  readonly known: Set<Question>;
  server: Watched;
  readonly #again: StartAgain;
  readonly #address: string;
  readonly #peers: Peer[] = [];
  #requests = 0;

  constructor(
    protocol: Protocol,
    address: string,
    random: Random,
    server: Watched,
    again: StartAgain,
    known: Set<Question>,
  ) {
    this.protocol = protocol;
    this.#address = address;
    this.random = random;
    this.server = server;
    this.#again = again;
    this.known = known;
  }

  step(en: string, zh: string): void {
    this.steps.push(text(en, zh));
  }

  nextRequest(): number {
    return ++this.#requests;
  }

  /** The question by which a check sees that the server hears a client. */
  get plain(): Question {
    const [first = 'time'] = this.known;
    return first;
  }

  plainQuestion(): Message {
    return question(this.plain, this.nextRequest());
  }

  /** True when `probe` came true; false when the server slept on it, ended, or the bound passed. */
  until(probe: () => boolean): Promise<boolean> {
    return patiently(probe, this.server);
  }

  async connect(name: string): Promise<Peer> {
    const peer = new Peer(name, this.protocol, this.#address, this.server.port);
    this.#peers.push(peer);
    await this.until(() => peer.connected || peer.refusal !== undefined);
    if (!peer.connected) {
      // Where nothing listens any more the process is likely to have ended; how, is told a moment later.
      await this.until(() => this.server.end !== undefined || this.server.listening());
      const why = peer.refusal ?? 'no answer to the SYN';
      throw new Failure(
        text(`${name} connects`, `${name} 建立连接`),
        text(`connect failed: ${why}`, `connect 失败：${why}`),
        { is: 'refused' },
        peer,
      );
    }
    if (this.protocol.greets === 'always') {
      await this.wanted(
        peer,
        () => peer.messages.some(({ type }) => type === 'hello.indication'),
        () => ({
          expected: text(`${name} is greeted`, `${name} 收到问候`),
          actual: text('no greeting came', '没有收到问候'),
          symptom: missing(1, 0, peer),
        }),
      );
    }
    return peer;
  }

  /** Waits for `probe`; otherwise the check has failed, by what `otherwise` says or by a graver reason. */
  async wanted(
    peer: Peer,
    probe: () => boolean,
    otherwise: () => { expected: Text; actual: Text; symptom: Symptom },
  ): Promise<void> {
    const over = (): boolean =>
      probe() || peer.invalid !== undefined || peer.endedBy !== undefined || this.server.end !== undefined;
    if ((await this.until(over)) && probe()) return;
    // The end of the process and of its connections come apart: what belongs together is told together.
    if (peer.endedBy !== undefined)
      await this.until(() => this.server.end !== undefined || peer.endedBy === 'fin');
    const said = otherwise();
    const { invalid, endedBy } = peer;
    if (this.server.end !== undefined)
      throw new Failure(said.expected, ended(this.server.end), said.symptom, peer);
    if (invalid !== undefined) {
      const { offset, reason, message } = invalid;
      throw new Failure(
        said.expected,
        text(
          `at byte ${offset} of what the server sent stands no packet: ${message}`,
          `服务器发来的第 ${offset} 字节处不是合法分组：${message}`,
        ),
        { is: 'not-a-packet', offset, reason },
        peer,
      );
    }
    if (endedBy !== undefined) {
      const flag = endedBy.toUpperCase();
      throw new Failure(
        said.expected,
        text(
          `the server closed the connection (${flag}); ${said.actual.en}`,
          `服务器关闭了连接（${flag}）；${said.actual.zh}`,
        ),
        { is: 'closed', by: endedBy },
        peer,
      );
    }
    const { symptom, actual } = said;
    const rest = symptom.is === 'no-answer' ? symptom.rest : 0;
    const more =
      rest === 0
        ? actual
        : text(
            `${actual.en}; ${peer.receivedBytes} bytes came in all, and the last ${rest} make no whole packet`,
            `${actual.zh}；共收到 ${peer.receivedBytes} 字节，最后 ${rest} 字节不构成完整的分组`,
          );
    throw new Failure(said.expected, more, symptom, peer);
  }

  /**
   * The answer to `message`, which has been said already: by its number where requests have one, else the first that
   * came behind the `from` messages that were there before.
   */
  async answer(
    peer: Peer,
    message: Message,
    from: number,
    wanted = `${message.type.slice(0, message.type.indexOf('.'))}.response`,
  ): Promise<Message> {
    const { numbersRequests } = this.protocol;
    const find = (): Message | undefined =>
      peer.messages
        .slice(from)
        .find((one) => isAnswer(one) && (!numbersRequests || one.request === message.request));
    const expected = text(`${peer.name} gets ${wanted}`, `${peer.name} 收到 ${wanted}`);
    await this.wanted(
      peer,
      () => find() !== undefined,
      () => {
        const other = peer.messages.slice(from).find(isAnswer);
        if (other === undefined)
          return { expected, actual: text('no answer came', '没有收到响应'), symptom: missing(1, 0, peer) };
        return {
          expected: text(
            `${expected.en} to request ${message.request}`,
            `${expected.zh}，请求号 ${message.request}`,
          ),
          actual: text(
            `${other.type} to request ${other.request} came`,
            `收到 ${other.type}，请求号 ${other.request}`,
          ),
          symptom: { is: 'wrong-value', field: 'request' },
        };
      },
    );
    const found = find();
    if (found === undefined) throw new KitError('internal', 'an answer was seen and is gone');
    return found;
  }

  /** Asks and waits for the right kind of answer. */
  async ask(peer: Peer, what: Question): Promise<Message> {
    const from = peer.messages.length;
    const message = question(what, this.nextRequest());
    peer.say(message);
    const answer = await this.answer(peer, message, from);
    this.mustBe(peer, answer, `${what}.response`);
    return answer;
  }

  mustBe(peer: Peer, answer: Message, type: Message['type']): void {
    if (answer.type === type) return;
    throw new Failure(
      same(type),
      text(`${answer.type} came`, `收到的是 ${answer.type}`),
      { is: 'wrong-value', field: 'type' },
      peer,
    );
  }

  /** A text for another client, addressed as the protocol does. */
  async textFor(receiver: Peer, body: string, asker: Peer): Promise<Message> {
    const { protocol } = this;
    const request = requestNumber(this.nextRequest());
    const greeting = receiver.messages.find(({ type }) => type === 'hello.indication');
    let to = greeting?.type === 'hello.indication' ? greeting.id : undefined;
    if (protocol.carries('send.request', 'to') && (to ?? 0) === 0) {
      const list = await this.ask(asker, 'list');
      const row =
        list.type === 'list.response'
          ? list.clients.find(({ port }) => port === receiver.clientPort)
          : undefined;
      if (row === undefined)
        throw new Failure(
          text(`the list has ${receiver.name}`, `列表中有 ${receiver.name}`),
          text('it has not', '没有'),
          { is: 'wrong-value', field: 'clients' },
          asker,
        );
      to = row.id;
    }
    return {
      type: 'send.request',
      request,
      to: to ?? (0 as NonNullable<typeof to>),
      toAddress: receiver.address,
      toPort: receiver.clientPort,
      text: body,
    };
  }

  /** The server must be there and serve `peer`: what another client did is none of its business. */
  async stillServes(peer: Peer, en: string, zh: string): Promise<void> {
    this.step(`${peer.name} asks (${this.plain}) ${en}`, `${zh}${peer.name} 提问（${this.plain}）`);
    await this.hears(peer);
  }

  /** Asks the plain question: once it is answered, the server has accepted `peer` and serves it. */
  async hears(peer: Peer): Promise<void> {
    await this.ask(peer, this.plain);
  }

  /** Waits until the server has read all that `peer` sent; gives up soon, since it may mean to leave it there. */
  untilRead(peer: Peer, boundMs = 60): Promise<boolean> {
    return untilRead(this.server, peer, boundMs);
  }

  /** Holds the server still while `act` happens, so that it meets all of it at once when it goes on. */
  frozen(act: () => void | Promise<void>, met: () => boolean): Promise<void> {
    return frozen(this.server, act, met);
  }

  /** Waits until the server has taken notice that `peer` left: closed its socket, or ended. False when it sleeps on it. */
  untilNoticed(peer: Peer): Promise<boolean> {
    return this.until(
      () =>
        this.server.end !== undefined ||
        !['ESTABLISHED', 'CLOSE_WAIT'].includes(this.server.socketOf(peer.clientPort)?.state ?? ''),
    );
  }

  /** Whether the server comes to rest, or spins. */
  atRest(): ReturnType<typeof atRest> {
    return atRest(this.server);
  }

  async startAgain(): Promise<void> {
    this.server = await this.#again(this.server);
  }

  over(): void {
    for (const peer of this.#peers) peer.drop();
  }
}
