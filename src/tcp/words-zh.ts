/** 跟踪报告的中文用语。TCP 状态名、标志位名与 Wireshark 的标注保留原文,便于与其他工具对照。 */
import type { Words } from './words.ts';
import { ZH_FINDINGS } from './words-zh-findings.ts';

export const ZH: Words = {
  ...ZH_FINDINGS,
  language: 'zh',
  sides: ['客户端', '服务器'],
  subjects: ['客户端', '服务器'],

  sum: (shown, connections, tcp, packets, since) =>
    `${shown === connections ? `${connections} 个连接` : `${connections} 个连接中的 ${shown} 个`}，` +
    `${packets} 个分组中有 ${tcp} 个 TCP 报文段${since === '' ? '' : `，始于 ${since}`}`,
  inOrderOfEnd: '各连接按结束的先后排列；合计见末尾',
  note: '注意',
  dropped: (count) => `抓包丢掉了 ${count} 个分组：看似丢失的报文段也可能只是没有抓到`,
  standardInput: '标准输入',

  connection: (id) => `连接 ${id}`,
  headline: (from, to, known, count, out, back) =>
    `${from} → ${to}${known ? '' : '（由端口号猜测哪一端发起）'}：${count} 个报文段，→ ${out} 字节，← ${back} 字节`,
  atTheEnd: '最终状态',
  happened: '经过',
  shows: '结论',
  timelineColumns: ['毫秒', '帧', '经过'],
  findingColumns: ['可靠程度', '哪一端', '结论', '帧', '依据'],
  certainties: { proven: '已证实', inferred: '推断', ambiguous: '两可' },
  frame: '帧',
  frames: '帧',
  andMoreFrames: (count, last) => `… ${last}（共 ${count} 帧）`,
  hiddenEvents: (count) => `… 另有 ${count} 件事（用 --all 全部列出）…`,
  moreBytes: (count) => `（另有 ${count} 字节）`,
  notDumped: (count) => `另有 ${count} 条消息`,
  noProtocol: (count) => `${count} 字节，未识别出应用层协议`,
  listSeparator: '；',
  clauseSeparator: '，',
  colon: '：',
  stop: '。',

  ladderHeads: ['毫秒', '帧'],
  ladderTitle: (one, other) => `${one} 与 ${other} 之间的 TCP 报文段`,
  lost: '途中丢失',
  hiddenSegments: (count, from, to, n, b) =>
    `… 省略 ${count} 个报文段（帧 ${from}–${to}）：→ ${n[0]} 个共 ${b[0]} 字节，← ${n[1]} 个共 ${b[1]} 字节 …`,
  moreMessages: (count, which) => `… 另有 ${count} 条：${which}`,

  nowIn: (who, state) => `${who}处于 ${state}`,
  after: (states) => `；此后${states}`,
  sendsRst: (who) => `${who}发送 RST`,
  sendsSyn: (who, again) => `${who}${again ? '重传' : '发送'} SYN`,
  sendsSynAck: (who, again) => (again ? `${who}重传 SYN-ACK` : `${who}以 SYN-ACK 应答`),
  sendsFin: (who, again, count, acks) =>
    `${who}${again ? '重传' : '发送'} FIN${count > 0 ? `，同时携带 ${count} 字节数据` : ''}${acks ? '，并确认了对方的 FIN' : ''}`,
  endsHandshake: (who, ms) => `${who}发送确认：三次握手历时 ${ms} 毫秒`,
  acknowledgesFin: (who) => `${who}确认对方的 FIN`,
  closesWindow: (who) => `${who}通告零窗口：接收缓冲区已满`,
  opensWindow: (who, count) =>
    count < 0 ? `${who}更新窗口` : count === 0 ? `${who}通告零窗口` : `${who}把窗口更新为 ${count} 字节`,
  probes: (who) => `${who}发送探测报文段（保活探测或零窗口探测）`,
  sends: (who, count, frames, again) =>
    count === 0
      ? `${who}用 ${frames} 个报文段重发已发送过的字节，没有新数据`
      : `${who}用 ${frames} 个报文段发送 ${count} 字节${again > 0 ? `，其中 ${again} 个含重复发送的字节` : ''}`,
};
