/**
 * Whose fault it is that a student's client did not show what it asked a student's server for: read off the wire, where
 * each has said what it said. Pure.
 */
import { assertNever } from '../../bytes/index.ts';
import { type Text, text, type WirePacket } from '../../check/index.ts';
import {
  brokenBytes,
  type Exhibit,
  lastShown,
  NO_EXHIBIT,
  packetShown,
  type Talk,
} from '../clients/exhibit.ts';
import type { Asking } from '../clients/script.ts';
import type { AtFault } from './orders.ts';

export interface Blame {
  readonly fault: AtFault;
  readonly actual: Text;
  readonly exhibit: Exhibit;
}

/** What a right server answers. */
export interface Truth {
  /** Milliseconds since 1970 of a time in the capture. */
  readonly atMs: (atNs: number) => number;
  readonly hostName: string;
  /** The third party's port; undefined when the server did not take it. */
  readonly neighbourPort: number | undefined;
}

/** Clocks of one machine, read in whole seconds, and a server that may have been kept waiting. */
const CLOCK_MS = 3_000;

/**
 * `shown`: the client showed what its script expects. undefined: the wire bears it out, and all is well.
 */
export function blame(what: Asking, shown: boolean, talk: Talk | undefined, truth: Truth): Blame | undefined {
  if (talk === undefined)
    return {
      fault: 'client',
      actual: text('no connection of it is in the capture', '抓包中没有它的连接'),
      exhibit: NO_EXHIBIT,
    };
  const { client, server } = talk;
  const request = client.packets.find(({ message }) => message.type === `${what}.request`);
  if (request === undefined) return unasked(what, talk);
  const answers = server.packets.filter(
    ({ message, atNs }) => message.type === `${what}.response` && atNs >= request.atNs,
  );
  const last = answers.at(-1);
  if (last === undefined) return unanswered(what, talk, request);
  const right = answers.find((answer) => isRight(answer, truth));
  if (right === undefined)
    return {
      fault: 'server',
      actual: text(
        `the server's ${what}.response is wrong: ${told(last)}`,
        `服务器的 ${what}.response 有误：${told(last)}`,
      ),
      exhibit: packetShown(talk, last),
    };
  if (shown) return undefined;
  return {
    fault: 'client',
    actual: text(
      `the right answer reached the client (${told(right)}), and it did not show it`,
      `正确的响应已到达客户端（${told(right)}），但它没有显示`,
    ),
    exhibit: packetShown(talk, right),
  };
}

function unasked(what: Asking, talk: Talk): Blame {
  const { stopped, packets } = talk.client;
  if (stopped !== undefined)
    return {
      fault: 'client',
      actual: text(
        `at byte ${stopped.offset} of what the client sent stands no packet: ${stopped.reason}`,
        `客户端发送的第 ${stopped.offset} 字节处不是合法分组：${stopped.reason}`,
      ),
      exhibit: brokenBytes(talk, 'client', stopped),
    };
  // A client may wait for what the server has to say first; then it is the server that says it badly.
  if (talk.server.stopped !== undefined && packets.length === 0)
    return brokenServer(talk, talk.server.stopped);
  return {
    fault: 'client',
    actual: text(`no ${what}.request left the client`, `客户端没有发出 ${what}.request`),
    exhibit: lastShown(talk),
  };
}

const brokenServer = (talk: Talk, stopped: NonNullable<Talk['server']['stopped']>): Blame => ({
  fault: 'server',
  actual: text(
    `at byte ${stopped.offset} of what the server sent stands no packet: ${stopped.reason}`,
    `服务器发送的第 ${stopped.offset} 字节处不是合法分组：${stopped.reason}`,
  ),
  exhibit: brokenBytes(talk, 'server', stopped),
});

function unanswered(what: Asking, talk: Talk, request: WirePacket): Blame {
  if (talk.server.stopped !== undefined) return brokenServer(talk, talk.server.stopped);
  const error = talk.server.packets.find(
    ({ message }) => message.type === 'error.response' && message.request === request.message.request,
  );
  if (error !== undefined)
    return {
      fault: 'server',
      actual: text(`the server answers ${what}.request with an error`, `服务器以错误回答 ${what}.request`),
      exhibit: packetShown(talk, error),
    };
  return {
    fault: 'server',
    actual: text(
      `${what}.request reached the server, and no answer came`,
      `${what}.request 已到达服务器，但没有响应`,
    ),
    exhibit: packetShown(talk, request),
  };
}

function isRight({ message, atNs }: WirePacket, { atMs, hostName, neighbourPort }: Truth): boolean {
  switch (message.type) {
    case 'time.response':
      return Math.abs(message.time - atMs(atNs)) < CLOCK_MS;
    case 'name.response':
      return message.name === hostName;
    case 'list.response':
      return message.clients.some(({ port }) => port === neighbourPort);
    default:
      return false;
  }
}

function told({ message }: WirePacket): string {
  switch (message.type) {
    case 'time.response':
      return shownTime(message.time);
    case 'name.response':
      return JSON.stringify(message.name);
    case 'list.response':
      return `ports ${message.clients.map(({ port }) => port).join(', ') || '–'}`;
    default:
      return message.type;
  }
}

/** Beyond the calendar's range a Date has no text (ECMA-262, 21.4.1.1). */
function shownTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}

/** What each question is answered with, for people. */
export function wanted(what: Asking): Text {
  switch (what) {
    case 'time':
      return text('the client shows the server’s time', '客户端显示服务器的时间');
    case 'name':
      return text('the client shows the server’s host name', '客户端显示服务器的主机名');
    case 'list':
      return text('the client shows the other client in the list', '客户端的列表中显示另一个客户端');
    default:
      return assertNever(what);
  }
}
