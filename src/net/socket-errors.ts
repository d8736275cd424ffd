import { KitError, text } from '../bytes/index.ts';
import { formatEndpoint } from './channel.ts';

const errnoOf = (error: unknown): string => {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code ?? 'unknown';
};

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Why a server cannot listen, with what to do. */
export function listenError(error: unknown, host: string, port: number): KitError {
  const where = formatEndpoint({ address: host, port });
  switch (errnoOf(error)) {
    case 'EADDRINUSE':
      return new KitError(
        'port-taken',
        text(`${where} is taken by another program`, `${where} 已被另一个程序占用`),
        {
          fault: 'machine',
          hint: text(
            `Find it with: ss -ltnp 'sport = :${port}'. Stop it, or choose another --port.`,
            `用 ss -ltnp 'sport = :${port}' 找到它。请结束它，或换一个端口（--port）。`,
          ),
          cause: error,
        },
      );
    case 'EACCES':
    case 'EPERM':
      return new KitError('not-permitted', text(`you may not listen on ${where}`, `没有权限监听 ${where}`), {
        fault: 'machine',
        hint: text(
          'Ports below 1024 are kept for the system; choose a higher --port.',
          '1024 以下的端口留给系统；请换一个更大的端口（--port）。',
        ),
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new KitError(
        'no-such-address',
        text(`${host} is no address of this machine`, `${host} 不是本机的地址`),
        {
          fault: 'machine',
          hint: text(
            'List the addresses with: ip address. Use 127.0.0.1 for this machine only.',
            '用 ip address 列出本机地址。只在本机使用时用 127.0.0.1。',
          ),
          cause: error,
        },
      );
    default:
      return new KitError(
        'listen-failed',
        text(`cannot listen on ${where}: ${said(error)}`, `无法监听 ${where}：${said(error)}`),
        {
          fault: 'machine',
          cause: error,
        },
      );
  }
}

/** Why a connection could not be made, with what to do. */
export function dialError(error: unknown, host: string, port: number): KitError {
  const where = formatEndpoint({ address: host, port });
  switch (errnoOf(error)) {
    case 'ECONNREFUSED':
      return new KitError(
        'connection-refused',
        text(
          `nobody listens on ${where}: the connection was refused (RST)`,
          `${where} 上没有程序在监听：连接被拒绝（RST）`,
        ),
        {
          fault: 'peer',
          hint: text(
            `Start the server (chatd run --port ${port}), or check host and port.`,
            `请启动服务器（chatd run --port ${port}），或检查主机和端口。`,
          ),
          cause: error,
        },
      );
    case 'ETIMEDOUT':
      return new KitError('connect-timeout', text(`${where} does not answer`, `${where} 没有回应`), {
        fault: 'peer',
        hint: text(
          'Nothing came back, not even a refusal: check the address, the cable and the firewall.',
          '什么也没有收到，连拒绝也没有：请检查地址、网线和防火墙。',
        ),
        cause: error,
      });
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new KitError('unreachable', text(`there is no way to ${where}`, `${where} 不可达`), {
        fault: 'peer',
        hint: text('Check the address with: ip route get ADDRESS.', '用 ip route get 地址 检查路由。'),
        cause: error,
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new KitError('unknown-host', text(`no host is called ${host}`, `没有名为 ${host} 的主机`), {
        fault: 'peer',
        hint: text(
          'Check the spelling, or give the address in numbers.',
          '请检查拼写，或直接给出数字形式的地址。',
        ),
        cause: error,
      });
    case 'EADDRINUSE':
      return new KitError(
        'port-taken',
        text(
          `the local port for the connection to ${where} is taken`,
          `连接 ${where} 所用的本地端口已被占用`,
        ),
        {
          fault: 'machine',
          hint: text(
            'A connection with the same four numbers may still be in TIME_WAIT: ss -tan. Leave the port to the kernel.',
            '四元组相同的连接可能还处于 TIME_WAIT：ss -tan。请让内核选择端口。',
          ),
          cause: error,
        },
      );
    case 'EADDRNOTAVAIL':
      return new KitError(
        'no-such-address',
        text(
          `no local address or port for a connection to ${where}`,
          `没有可用于连接 ${where} 的本地地址或端口`,
        ),
        {
          fault: 'machine',
          hint: text(
            'Check the local address (ip address); all ports may be in use (ss -s).',
            '请检查本地地址（ip address）；也可能端口已全部用完（ss -s）。',
          ),
          cause: error,
        },
      );
    case 'EMFILE':
    case 'ENFILE':
      return new KitError(
        'no-descriptors',
        text('this process may not open more files or sockets', '本进程不能再打开更多的文件或套接字'),
        {
          fault: 'machine',
          hint: text('Close some, or raise the limit: ulimit -n.', '请关闭一些，或提高上限：ulimit -n。'),
          cause: error,
        },
      );
    case 'ABORT_ERR':
      return aborted();
    default:
      return new KitError(
        'connect-failed',
        text(`cannot connect to ${where}: ${said(error)}`, `无法连接 ${where}：${said(error)}`),
        {
          fault: 'peer',
          cause: error,
        },
      );
  }
}

export const aborted = (): KitError =>
  new KitError('aborted', text('given up before it was done', '尚未完成就被取消'), { fault: 'peer' });

/** Why an established connection is gone. */
export function lossOf(error: NodeJS.ErrnoException | undefined, where: string): KitError {
  switch (error?.code) {
    case undefined:
      return new KitError('connection-lost', text(`${where} closed the connection`, `${where} 关闭了连接`), {
        fault: 'peer',
        hint: text('Connect again; the server says why in its log.', '请重新连接；原因见服务器的日志。'),
      });
    case 'ECONNRESET':
      return new KitError(
        'connection-lost',
        text(`${where} reset the connection (RST)`, `${where} 复位了连接（RST）`),
        {
          fault: 'peer',
          hint: text(
            'The peer closed with data unread, crashed, or no longer knows the connection.',
            '对方关闭时还有未读的数据，或已崩溃，或已不认识这个连接。',
          ),
          cause: error,
        },
      );
    case 'ETIMEDOUT':
      return new KitError(
        'connection-lost',
        text(`${where} no longer acknowledges: TCP gave up`, `${where} 不再确认：TCP 已放弃重传`),
        {
          fault: 'peer',
          hint: text(
            'The cable is out, or the peer vanished without a FIN.',
            '网线已拔出，或对方没有发送 FIN 就消失了。',
          ),
          cause: error,
        },
      );
    default:
      return new KitError(
        'connection-lost',
        text(
          `the connection to ${where} failed: ${error?.message ?? ''}`,
          `与 ${where} 的连接出错：${error?.message ?? ''}`,
        ),
        {
          fault: 'peer',
          cause: error,
        },
      );
  }
}
