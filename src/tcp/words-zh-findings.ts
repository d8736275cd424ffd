/** 各项结论及其依据的中文用语。 */
import type { EN_FINDINGS } from './words-en-findings.ts';

export const ZH_FINDINGS: typeof EN_FINDINGS = {
  blind: '；抓包有丢失',
  handshake: ['三次握手完整', 'SYN、SYN-ACK 以及确认 SYN-ACK 的 ACK'],
  simultaneousOpen: ['双方都在收到对方的 SYN 之前发出了自己的 SYN：同时打开', '两个 SYN 在途中交错'],
  synUnanswered: (times) => [`SYN 发送了 ${times} 次，没有任何应答`, '既无 SYN-ACK 也无 RST'],
  lateStart: [
    '抓包从连接中途开始：此前的情况不得而知，哪一端发起连接以及窗口扩大因子也无法确定',
    '第一个报文段没有 SYN',
  ],

  noteRule: '与 Wireshark 同名的规则',
  notes: {
    retransmission: (n) => `${n} 个报文段是重传`,
    'fast-retransmission': (n) => `${n} 个报文段在收到重复 ACK 之后重传（快重传）`,
    'spurious-retransmission': (n) => `${n} 个报文段在已被确认之后仍然重传（伪重传）`,
    'out-of-order': (n) => `${n} 个报文段失序到达`,
    'lost-segment': (n) => `${n} 个报文段之前的字节当时没有抓到：可能丢失、迟到，或只是没有抓到`,
    'acked-unseen': (n) => `${n} 个报文段确认了抓包中没有的字节`,
    'duplicate-ack': (n) => `${n} 个重复 ACK`,
    'zero-window': (n) => `${n} 个报文段通告零窗口：接收缓冲区已满，对方必须等待`,
    'window-full': (n) => `${n} 个报文段正好填满接收方的窗口`,
    'window-update': (n) => `${n} 个报文段只更新窗口`,
    'zero-window-probe': (n) => `${n} 个报文段用一个字节探测窗口是否已经打开（零窗口探测）`,
    'keep-alive-ack': (n) => `${n} 个报文段应答探测`,
    'reused-ports': () => '地址和端口号与先前的一个连接相同',
  },

  hole: (length, offset, acknowledged) => [
    `字节流中自偏移 ${offset} 起的 ${length} 字节不在抓包中` +
      (acknowledged ? '；接收方已经确认，所以它们到达了' : '，也没有人确认：可能丢失，也可能只是没有抓到'),
    '字节流中有空缺，看是否有 ACK 覆盖它',
  ],
  zeroWindowProbe: [
    '探测关闭的窗口是否已经打开；Wireshark 把同样的字节称为 Keep-Alive',
    '对方窗口为 0 时出现与保活探测形式相同的报文段；只有内核的定时器能区分两者',
  ],
  keepAlive: ['探测对方是否还在（保活探测）', '没有新数据，序号比应有的小 1，窗口未关闭'],

  delayedAck: (count, ms) => [
    `${count} 个 ACK 被推迟${count === 1 ? '' : '，最多'} ${ms} 毫秒，希望能捎带数据（延迟确认）`,
    '不带数据的 ACK，在它所确认的数据之后 20 至 500 毫秒（扣除握手测得的往返时间）才发出',
  ],
  nagle: (count, delayed) => [
    `${count} 个小报文段等到前面的数据被确认才发出（Nagle 算法）` +
      (delayed ? '；所等的正是一个延迟确认：两种算法互相等待' : ''),
    '长度小于 MSS，在确认了此前全部数据的纯 ACK 到达后 2 毫秒内发出',
  ],

  closeRule: '依据每个 ACK 覆盖到哪个序号判断，而不是数报文段',
  closes: {
    'four-segments': '先关闭；关闭用了四个报文段（四次挥手）：FIN、ACK、FIN、ACK',
    'three-segments': '先关闭；关闭只用了三个报文段：第二个 FIN 同时确认了第一个 FIN',
    simultaneous: '同时关闭：双方都在收到对方的 FIN 之前发出了自己的 FIN',
    unfinished: '先关闭；双方都发了 FIN，但其中至少一个 FIN 的确认不在抓包中',
    'half-closed': '关闭；另一端没有发 FIN，那个方向仍然开着（半关闭）',
  },
  openEnd: ['抓包结束时连接仍然打开', '既无 FIN 也无 RST'],
  halfClose: (bytes) => [
    `半关闭：它的 FIN 被确认之后，对方又发送了 ${bytes} 字节`,
    '第一个 FIN 被确认之后出现新数据',
  ],
  resets: {
    refused: ['拒绝连接：该端口没有进程监听，或者防火墙以同样方式应答', '用 RST 应答 SYN'],
    'data-after-close': [
      '发送 RST：应用程序已经关闭，却又收到数据',
      '发过 FIN 的一端在收到数据之后发出的 RST',
    ],
    'unread-data': [
      '发送 RST：应用程序关闭时接收缓冲区中还有未读的数据',
      '窗口为 0 的一端没有发 FIN 而发出的 RST',
    ],
    aborted: [
      '用 RST 中止连接：是应用程序所为（关闭时有未读数据，或 SO_LINGER 设为 0），或是它的 TCP 所为',
      '带 ACK 的 RST，此前没有 FIN；从线路上无法区分两者',
    ],
    'unknown-connection': [
      '发送 RST：它没有（或已不再有）这个连接',
      '不带 ACK 的 RST：应答一个不属于任何连接的报文段',
    ],
    'gave-up': ['放弃并发送 RST：探测或重传都得不到应答', '至少三个报文段没有应答之后的 RST'],
    'answers-a-reset-connection': ['再次发送 RST：收到了属于已消失连接的报文段', 'RST 之后的 RST'],
  },
  finUnanswered: (times, state) => [
    `它的 FIN 发送了 ${times} 次，始终没有被确认：从抓包来看 FIN 没有到达另一端，因此认为另一端仍处于 ${state}`,
    '反复发送的 FIN，没有 ACK 覆盖它',
  ],
  peerSilent: (segments) => [
    '这一端从此没有任何报文段，连 FIN 也没有：如果它关闭了，它的 FIN 没有发出来，或在途中丢失',
    `结尾至少有 ${segments} 个重传或探测报文段没有应答`,
  ],
  timeWait: (certainty) => [
    `${certainty === 'proven' ? '' : '应当'}停留在 TIME-WAIT（时间等待）状态（Linux 上为 60 秒）`,
    '它发的 FIN 已被确认，并且收到了对方的 FIN',
  ],
};
