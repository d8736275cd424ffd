import type { Bilingual } from '../description.ts';
import type { Outcome, Status } from '../message.ts';
import { say } from './words.ts';

/** When each status is said. */
export const STATUS_WORDS: Record<Status, Bilingual> = {
  ok: say('nothing is wrong', '一切正常'),
  'bad-packet': say('what came was no packet; the connection ends', '收到的不是合法分组；连接随即结束'),
  'unknown-operation': say('the server does not know this request', '服务器不认识这个请求'),
  'unknown-client': say(
    'no client has the number (or address) that a text was for',
    '没有客户端使用该编号（或地址）',
  ),
  'receiver-gone': say('the receiver left before it confirmed the text', '接收者在确认之前已离开'),
  'receiver-slow': say('the receiver does not read its connection', '接收者不读取它的连接'),
  'text-too-long': say('the text is longer than the server passes on', '文字超过服务器可转发的长度'),
  'name-taken': say('another connected client has this name', '名字已被另一个在线客户端使用'),
  'bad-name': say('the name is empty, too long, or has control characters', '名字为空、过长或含控制字符'),
  'too-many-clients': say('the server is full; said in place of a greeting', '服务器已满；代替问候语发送'),
  'too-many-requests': say(
    'too many requests of this client wait for their answers',
    '该客户端等待回答的请求太多',
  ),
  'too-slow': say('the client does not read what the server sends it', '客户端不读取服务器发送的数据'),
  idle: say('the client said nothing for too long', '客户端太久没有发送数据'),
  'shutting-down': say('the server is ending', '服务器即将关闭'),
  refused: say('for a reason that has no number here', '没有对应编号的其他原因'),
  internal: say('the server failed', '服务器内部错误'),
  'bad-token': say(
    'the token is wrong, or something else came before it; the connection ends',
    '口令错误，或在口令之前发送了其他内容；连接随即结束',
  ),
};

export const OUTCOME_WORDS: Record<Outcome, Bilingual> = {
  delivered: say("the receiver's client has confirmed it", '接收者的客户端已确认'),
  forwarded: say(
    'it was written to the receiver, who did not confirm it in time',
    '已写入接收者的连接，但未及时确认',
  ),
};
