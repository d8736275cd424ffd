import { type Fault, KitError, same, type Text, text } from '../../bytes/index.ts';

/** One row of errno(3), as the calls of this room set it. */
export interface Errno extends Text {
  readonly number: number;
  readonly name: string;
  /** Whose doing it is as a rule, which decides the exit code of a program that ends with it. */
  readonly fault: Fault;
}

/** The numbers of include/uapi/asm-generic/errno-base.h and errno.h, which x86 and arm64 use; what they mean for sockets. */
// prettier-ignore
const ROWS: readonly (readonly [number, string, Fault, string, string])[] = [
  [1, 'EPERM', 'machine', 'not permitted', '不允许的操作'],
  [2, 'ENOENT', 'usage', 'there is no such file', '没有这个文件'],
  [4, 'EINTR', 'machine', 'a signal interrupted the call before it did anything', '调用在完成前被信号打断'],
  [5, 'EIO', 'machine', 'the device failed', '设备输入输出出错'],
  [9, 'EBADF', 'usage', 'this descriptor is not open', '这个描述符没有打开'],
  [11, 'EAGAIN', 'usage', 'it would have to wait, and the call may not (EWOULDBLOCK is the same number)', '需要等待，而本次调用不允许等待（与 EWOULDBLOCK 同值）'],
  [12, 'ENOMEM', 'machine', 'the kernel has no memory for it', '内核内存不足'],
  [13, 'EACCES', 'machine', 'no right to do this; ports below 1024 (net.ipv4.ip_unprivileged_port_start) are kept for the system', '没有权限；1024 以下的端口留给系统'],
  [14, 'EFAULT', 'kit', 'an address outside the memory of the program', '地址不在程序的内存中'],
  [16, 'EBUSY', 'machine', 'it is in use', '正在使用中'],
  [22, 'EINVAL', 'usage', 'an argument does not fit the call, or the socket is in the wrong state for it', '参数不合适，或套接字状态不对'],
  [23, 'ENFILE', 'machine', 'the whole machine has no descriptor left', '整个系统的描述符已用完'],
  [24, 'EMFILE', 'machine', 'this process has no descriptor left (ulimit -n)', '本进程的描述符已用完（ulimit -n）'],
  [32, 'EPIPE', 'peer', 'nothing can be sent any more: we shut down sending, or the connection is gone', '不能再发送：本端已关闭发送，或连接已不存在'],
  [33, 'EDOM', 'usage', 'the value is out of range', '数值超出范围'],
  [38, 'ENOSYS', 'machine', 'this kernel has no such call', '内核没有这个调用'],
  [71, 'EPROTO', 'peer', 'the protocol was broken', '协议出错'],
  [75, 'EOVERFLOW', 'usage', 'the value is too large', '数值太大'],
  [88, 'ENOTSOCK', 'usage', 'the descriptor is open, but it is no socket', '描述符已打开，但不是套接字'],
  [89, 'EDESTADDRREQ', 'usage', 'it needs an address to send to', '需要目的地址'],
  [90, 'EMSGSIZE', 'usage', 'the message is too long to be sent at once', '消息太长，不能一次发送'],
  [91, 'EPROTOTYPE', 'usage', 'the protocol does not fit the type of the socket', '协议与套接字类型不符'],
  [92, 'ENOPROTOOPT', 'usage', 'there is no such option at this level', '这一层没有这个选项'],
  [93, 'EPROTONOSUPPORT', 'usage', 'there is no such protocol for this family and type', '这个地址族和类型没有该协议'],
  [94, 'ESOCKTNOSUPPORT', 'usage', 'there is no such type of socket in this family', '这个地址族没有该套接字类型'],
  [95, 'EOPNOTSUPP', 'usage', 'this kind of socket cannot do that', '这种套接字不支持此操作'],
  [96, 'EPFNOSUPPORT', 'usage', 'there is no such family of protocols', '没有这个协议族'],
  [97, 'EAFNOSUPPORT', 'usage', 'the address is of another family than the socket', '地址族与套接字不符'],
  [98, 'EADDRINUSE', 'machine', 'the address and port are taken by another socket (also by one in TIME_WAIT, without SO_REUSEADDR)', '地址和端口已被占用（没有 SO_REUSEADDR 时，TIME_WAIT 也算）'],
  [99, 'EADDRNOTAVAIL', 'machine', 'no address of this machine, or no port is left', '不是本机地址，或没有空闲端口'],
  [100, 'ENETDOWN', 'machine', 'the network interface is down', '网络接口已关闭'],
  [101, 'ENETUNREACH', 'peer', 'no route leads to that network', '没有到该网络的路由'],
  [102, 'ENETRESET', 'peer', 'the network dropped the connection', '网络断开了连接'],
  [103, 'ECONNABORTED', 'peer', 'the connection was gone before it was accepted', '连接在被接受之前已中止'],
  [104, 'ECONNRESET', 'peer', 'the peer sent a RST', '对方发来了 RST'],
  [105, 'ENOBUFS', 'machine', 'the kernel has no buffer for it', '内核缓冲区不足'],
  [106, 'EISCONN', 'usage', 'the socket is connected already', '套接字已经连接'],
  [107, 'ENOTCONN', 'usage', 'the socket is not connected', '套接字没有连接'],
  [108, 'ESHUTDOWN', 'usage', 'sending was shut down', '发送方向已关闭'],
  [110, 'ETIMEDOUT', 'peer', 'nothing came back: TCP sent again and again, and gave up', '没有任何回应：TCP 反复重传后放弃'],
  [111, 'ECONNREFUSED', 'peer', 'nobody listens there: a RST came back', '对方端口无人监听：收到 RST'],
  [112, 'EHOSTDOWN', 'peer', 'the host is down', '对方主机已关机'],
  [113, 'EHOSTUNREACH', 'peer', 'no way to that host (no route, or nobody answers ARP)', '主机不可达（没有路由，或 ARP 无人应答）'],
  [114, 'EALREADY', 'usage', 'a connect is under way already', '连接正在进行中'],
  [115, 'EINPROGRESS', 'usage', 'connect has begun and goes on without us; poll for POLLOUT tells its end', '连接已开始，在后台进行；用 poll 等 POLLOUT 得知结果'],
];

export const ERRNO: readonly Errno[] = ROWS.map(([number, name, fault, en, zh]) => ({
  number,
  name,
  fault,
  en,
  zh,
}));

const byNumber = new Map(ERRNO.map((row) => [row.number, row]));
const byName = new Map(ERRNO.map((row) => [row.name, row]));

/** What an errno means, by number or name; undefined for one that no call of this room sets. */
export const errnoOf = (which: number | string): Errno | undefined =>
  typeof which === 'number' ? byNumber.get(which) : byName.get(which);

/** A call of the C library that gave -1: `code` is the name of errno, `syscall` the function. */
export class CallError extends KitError {
  override readonly name = 'CallError';
  readonly errno: number;
  readonly syscall: string;

  constructor(syscall: string, errno: number, hint?: Text) {
    const row = byNumber.get(errno);
    const name = row?.name ?? `errno ${errno}`;
    const call = `${syscall}: ${name} (${errno})`;
    super(name, row === undefined ? same(call) : text(`${call}: ${row.en}`, `${call}: ${row.zh}`), {
      fault: row?.fault ?? 'machine',
      ...(hint === undefined ? {} : { hint }),
    });
    this.errno = errno;
    this.syscall = syscall;
  }
}
