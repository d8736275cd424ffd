import { KitError, text, type Text } from '../bytes/index.ts';
import type { Status } from '../wire/index.ts';

/** What each status means in Chinese, where the server's own sentence is English; and the next step that an error shows. */
const STATUSES: Readonly<Record<Status, { readonly zh: string; readonly next: Text }>> = {
  ok: { zh: '一切正常', next: text('Nothing is wrong.', '没有问题。') },
  'bad-packet': {
    zh: '服务器收到的不是合法分组',
    next: text(
      'Check that both sides speak the same protocol (--protocol), and look at the bytes with .wire on.',
      '请检查双方使用的是不是同一个协议（--protocol），并用 .wire on 查看字节。',
    ),
  },
  'unknown-operation': {
    zh: '服务器不认识这个操作',
    next: text(
      'The server does not know this operation; check its protocol description.',
      '服务器不认识这个操作；请检查它的协议描述。',
    ),
  },
  'unknown-client': {
    zh: '没有这个客户端',
    next: text(
      'Ask for the list of clients: numbers are never used twice.',
      '请查看客户端列表：编号不会重复使用。',
    ),
  },
  'receiver-gone': {
    zh: '接收者已离开',
    next: text(
      'The receiver disconnected before it had the text; ask for the list and send again.',
      '接收者在收到文字之前已断开；请查看列表后再发送。',
    ),
  },
  'receiver-slow': {
    zh: '接收者没有读取它的连接',
    next: text(
      'The receiver does not read its connection at present; try again later.',
      '接收者目前没有读取它的连接；请稍后再试。',
    ),
  },
  'text-too-long': {
    zh: '文字太长',
    next: text('Send a shorter text, or several.', '请缩短文字，或分几次发送。'),
  },
  'name-taken': { zh: '名字已被占用', next: text('Choose another name.', '请换一个名字。') },
  'bad-name': {
    zh: '名字不合法',
    next: text('A name has 1 to 64 bytes and no control characters.', '名字为 1 到 64 字节，不含控制字符。'),
  },
  'too-many-clients': {
    zh: '服务器的客户端已满',
    next: text(
      'The server is full; try again later, or start it with a higher --max-clients.',
      '服务器已满；请稍后再试，或以更大的 --max-clients 启动它。',
    ),
  },
  'too-many-requests': {
    zh: '尚未回答的请求太多',
    next: text('Wait for answers before you send more.', '请等收到回答之后再发送。'),
  },
  'too-slow': {
    zh: '读取连接太慢',
    next: text(
      'Read the connection faster; the server keeps a bounded queue for each client.',
      '请更快地读取连接；服务器为每个客户端保留的队列有上限。',
    ),
  },
  idle: {
    zh: '太久没有任何动静',
    next: text('Send something now and then, a heartbeat for example.', '请不时发送一些内容，例如心跳。'),
  },
  'shutting-down': {
    zh: '服务器正在关闭',
    next: text(
      'The server is going down; connect again when it is back.',
      '服务器正在关闭；请等它恢复之后重新连接。',
    ),
  },
  refused: {
    zh: '服务器拒绝了请求',
    next: text(
      'The server refused without saying why; look at its log.',
      '服务器没有说明拒绝的原因；请看它的日志。',
    ),
  },
  internal: {
    zh: '服务器内部出错',
    next: text('The server failed; look at its log.', '服务器出错；请看它的日志。'),
  },
  'bad-token': {
    zh: '口令错误',
    next: text(
      'Ask whoever runs the server for the token of the class, and give it with --token.',
      '请向服务器的管理者索取班级口令，用 --token 给出。',
    ),
  },
};

/**
 * The error that a peer's status stands for. `code` is the status itself; the peer's own sentence is shown as it is, in
 * Chinese behind what the status means.
 */
export function refusal(status: Status, said: string): KitError {
  const { zh, next } = STATUSES[status];
  const words =
    said === ''
      ? text(`the server refused: ${status}`, `服务器拒绝：${zh}（${status}）`)
      : text(said, `${zh}（${said}）`);
  return new KitError(status, words, { fault: 'peer', hint: next });
}
