/*
 * The least that a server can do on Linux: one thread, epoll, everything read is written back. What a server in a
 * higher language is compared with, since no server that reads and writes sockets does less for each packet.
 *
 *   echo            prints the port it listens on (loopback, any free one) and serves until it is killed
 *   echo SECONDS    the same, for at most so long
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 65536, EVENTS = 1024 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* All of it, waiting if need be: a load generator reads what it asked for. */
static int write_all(int fd, const char *bytes, ssize_t length) {
  while (length > 0) {
    ssize_t taken = write(fd, bytes, (size_t)length);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return -1;
    bytes += taken;
    length -= taken;
  }
  return 0;
}

int main(int argc, char **argv) {
  /* Nothing of a benchmark may outlive it. */
  alarm(argc > 1 ? (unsigned)atoi(argv[1]) : 600);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 511) < 0) fail("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &size) < 0) fail("getsockname");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);

  int poll = epoll_create1(0);
  struct epoll_event wanted = {.events = EPOLLIN, .data.fd = listener};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, listener, &wanted) < 0) fail("epoll_ctl");
  static struct epoll_event events[EVENTS];
  static char bytes[READ_BYTES];
  for (;;) {
    int count = epoll_wait(poll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int client = accept(listener, NULL, NULL);
        int on = 1;
        if (client < 0) continue;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        wanted.data.fd = client;
        if (epoll_ctl(poll, EPOLL_CTL_ADD, client, &wanted) < 0) close(client);
        continue;
      }
      ssize_t length = read(fd, bytes, READ_BYTES);
      if (length <= 0 || write_all(fd, bytes, length) < 0) close(fd);
    }
  }
}
