/** The calls of `Sys` as a table: what a prompt binds, and what help says of each. */
import type { Sys } from './sys.ts';

export interface SysCall {
  readonly name: string;
  /** As one calls it here; without the `sys.` in front. */
  readonly signature: string;
  /** As C declares it; undefined for what is not C's. */
  readonly c: string | undefined;
  readonly help: string;
  readonly about: string;
  readonly example: string;
  readonly run: (sys: Sys, args: readonly unknown[]) => Promise<unknown>;
}

export const SYS_CALLS: readonly SysCall[] = [
  {
    name: 'socket',
    signature: 'socket(domain, type, protocol?)',
    c: 'int socket(int domain, int type, int protocol)',
    help: 'a new socket; gives its descriptor',
    about:
      'The socket has no address yet, and its TCP state is CLOSE. With SOCK_STREAM|SOCK_NONBLOCK no call on it waits: ' +
      'accept and recv fail with EAGAIN, connect with EINPROGRESS.',
    example: 'const fd = await sys.socket(AF_INET, SOCK_STREAM, 0)',
    run: (sys, [domain, type, protocol]) => sys.socket(domain, type, protocol),
  },
  {
    name: 'bind',
    signature: 'bind(fd, address, port)',
    c: 'int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen)',
    help: 'give a socket its local address and port',
    about:
      'The address is in numbers (INADDR_ANY is 0.0.0.0: every address of the machine); port 0 lets the kernel choose, ' +
      'and getsockname tells. Fails with EADDRINUSE when the port is taken, also by connections in TIME_WAIT unless ' +
      'SO_REUSEADDR is set.',
    example: "await sys.bind(fd, '127.0.0.1', 5000)",
    run: (sys, [fd, address, port]) => sys.bind(fd, address, port),
  },
  {
    name: 'listen',
    signature: 'listen(fd, backlog)',
    c: 'int listen(int sockfd, int backlog)',
    help: 'let connections come in: LISTEN',
    about:
      'From here on the kernel does every handshake by itself and keeps the connections in the accept queue: a client ' +
      'is connected before anybody calls accept. On Linux backlog + 1 fit into the queue (backlog is cut to ' +
      'net.core.somaxconn); while it is full, SYNs are dropped, and their clients send them again.',
    example: 'await sys.listen(fd, 5)',
    run: (sys, [fd, backlog]) => sys.listen(fd, backlog),
  },
  {
    name: 'accept',
    signature: 'accept(fd)',
    c: 'int accept(int sockfd, struct sockaddr *addr, socklen_t *addrlen)',
    help: 'take the oldest connection out of the accept queue; gives its descriptor',
    about:
      'Sends nothing: the handshake is long over. Waits while the queue is empty. getpeername(conn) tells who it is.',
    example: 'const conn = await sys.accept(fd)',
    run: (sys, [fd]) => sys.accept(fd),
  },
  {
    name: 'connect',
    signature: 'connect(fd, address, port)',
    c: 'int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen)',
    help: 'send a SYN, and wait for the handshake: SYN_SENT, ESTABLISHED',
    about:
      'Fails with ECONNREFUSED when a RST comes back, ETIMEDOUT when nothing does (after net.ipv4.tcp_syn_retries), ' +
      'EHOSTUNREACH when nobody answers ARP. Ctrl-C ends the wait, not the attempt; close ends that.',
    example: "await sys.connect(fd, '127.0.0.1', 5000)",
    run: (sys, [fd, address, port]) => sys.connect(fd, address, port),
  },
  {
    name: 'send',
    signature: 'send(fd, bytes, flags?)',
    c: 'ssize_t send(int sockfd, const void *buf, size_t len, int flags)',
    help: 'hand bytes to the kernel; gives how many it took',
    about:
      'The bytes are a text or a Uint8Array. That the kernel took them says nothing about the peer. Waits while the ' +
      'send buffer is full (with MSG_DONTWAIT: EAGAIN, or fewer). Fails with EPIPE or ECONNRESET on a connection that ' +
      'was reset; the first send behind a peer that is gone still succeeds.',
    example: "await sys.send(conn, 'hello\\n')",
    run: (sys, [fd, bytes, flags]) => sys.send(fd, bytes, flags),
  },
  {
    name: 'recv',
    signature: 'recv(fd, maxBytes, flags?)',
    c: 'ssize_t recv(int sockfd, void *buf, size_t len, int flags)',
    help: 'take bytes that have arrived, as a Buffer; an empty one is the peer’s FIN',
    about:
      'Waits until something is there, and gives what is there, up to maxBytes: one send may need several, or several ' +
      'sends come in one (TCP carries bytes, not messages). MSG_WAITALL waits for all of maxBytes, MSG_PEEK leaves ' +
      'the bytes there. Fails with ECONNRESET when the peer sent a RST.',
    example: '(await sys.recv(conn, 1024)).toString()',
    run: (sys, [fd, maxBytes, flags]) => sys.recv(fd, maxBytes, flags),
  },
  {
    name: 'shutdown',
    signature: 'shutdown(fd, how)',
    c: 'int shutdown(int sockfd, int how)',
    help: 'end one direction; SHUT_WR sends the FIN and goes on receiving',
    about:
      'SHUT_WR sends a FIN behind what is queued: FIN_WAIT1, then FIN_WAIT2 (or LAST_ACK from CLOSE_WAIT). SHUT_RD sends ' +
      'nothing. The descriptor stays open until close.',
    example: 'await sys.shutdown(conn, SHUT_WR)',
    run: (sys, [fd, how]) => sys.shutdown(fd, how),
  },
  {
    name: 'close',
    signature: 'close(fd)',
    c: 'int close(int fd)',
    help: 'give the descriptor back; shows what is left of the connection',
    about:
      'Sends a FIN when none was sent yet, or a RST when bytes that arrived were never read (RFC 2525, section 2.17), or ' +
      'with SO_LINGER { onoff: 1, linger: 0 }. The connection lives on in the kernel without a descriptor until it is ' +
      'done: FIN_WAIT2, LAST_ACK, TIME_WAIT for 60 s. netstat(port) shows it.',
    example: 'await sys.close(conn)',
    run: (sys, [fd]) => sys.close(fd),
  },
  {
    name: 'setsockopt',
    signature: 'setsockopt(fd, level, option, value)',
    c: 'int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen)',
    help: 'set an option of a socket',
    about:
      'Most values are a number (1: on). SO_LINGER is { onoff, linger } in seconds, SO_RCVTIMEO and SO_SNDTIMEO are ' +
      'milliseconds here, TCP_CONGESTION is a name. Linux doubles SO_RCVBUF and SO_SNDBUF for its own bookkeeping ' +
      '(socket(7)).',
    example: 'await sys.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)',
    run: (sys, [fd, level, option, value]) => sys.setsockopt(fd, level, option, value),
  },
  {
    name: 'getsockopt',
    signature: 'getsockopt(fd, level, option)',
    c: 'int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen)',
    help: 'read an option of a socket',
    about:
      'SO_ERROR takes the pending error away. (IPPROTO_TCP, TCP_INFO) gives what the kernel knows of the connection: ' +
      'state, round trip time, congestion window, retransmissions.',
    example: 'await sys.getsockopt(conn, IPPROTO_TCP, TCP_INFO)',
    run: (sys, [fd, level, option]) => sys.getsockopt(fd, level, option),
  },
  {
    name: 'getsockname',
    signature: 'getsockname(fd)',
    c: 'int getsockname(int sockfd, struct sockaddr *addr, socklen_t *addrlen)',
    help: 'the local address and port: { address, port }',
    about: 'After bind with port 0, or after connect, this is how one learns which port the kernel chose.',
    example: 'const { port } = await sys.getsockname(fd)',
    run: (sys, [fd]) => sys.getsockname(fd),
  },
  {
    name: 'getpeername',
    signature: 'getpeername(fd)',
    c: 'int getpeername(int sockfd, struct sockaddr *addr, socklen_t *addrlen)',
    help: 'the other end: { address, port }',
    about: 'Fails with ENOTCONN before the socket is connected, and when the connection is gone.',
    example: 'await sys.getpeername(conn)',
    run: (sys, [fd]) => sys.getpeername(fd),
  },
  {
    name: 'poll',
    signature: 'poll([{ fd, events }], timeoutMs?)',
    c: 'int poll(struct pollfd *fds, nfds_t nfds, int timeout)',
    help: 'wait until something can be done with one of several descriptors',
    about:
      'Gives the entries again, each with revents. POLLIN: accept or recv would not wait (a FIN counts). POLLOUT: send would ' +
      'not wait, or connect is done. POLLHUP, POLLERR and POLLNVAL come unasked. timeoutMs 0 only looks; without it, poll ' +
      'waits for ever.',
    example: 'await sys.poll([{ fd, events: POLLIN }], 1000)',
    run: (sys, [fds, timeoutMs]) => sys.poll(fds, timeoutMs),
  },
  {
    name: 'state',
    signature: 'state(fd)',
    c: undefined,
    help: 'what the kernel says of a socket now: state, addresses, queues',
    about: 'From TCP_INFO, getsockname, getpeername and the ioctls SIOCINQ and SIOCOUTQ. Changes nothing.',
    example: '(await sys.state(fd)).state',
    run: (sys, [fd]) => sys.state(fd),
  },
  {
    name: 'sockets',
    signature: 'sockets()',
    c: undefined,
    help: 'the same for every socket that you opened here',
    about: 'What is still open when the program ends is closed by the kernel.',
    example: 'await sys.sockets()',
    run: (sys) => sys.sockets(),
  },
  {
    name: 'netstat',
    signature: 'netstat(port)',
    c: undefined,
    help: 'the TCP sockets of this machine with that port, with or without a descriptor',
    about:
      'Rows of /proc/net/tcp: on loopback both ends of a connection, and what is left behind close (TIME_WAIT). recvQ of ' +
      'a listener counts connections that wait for accept.',
    example: 'await sys.netstat(5000)',
    run: (sys, [port]) => sys.netstat(port),
  },
];
