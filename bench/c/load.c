/*
 * A load generator for clp servers: N connections, each with P `time` requests under way, on loopback only.
 *
 *   load PORT CONNECTIONS DEPTH WARM-MS MEASURE-MS
 *
 * Each answer is matched: it must be a `time` packet with the number that is due on its connection; else the run
 * fails. An echo server passes as well, since a request is a packet of the same operation. Prints one line of JSON:
 * answers and seconds within the measured time, rate, and quantiles of the time from a request's write to its answer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 16, MAX_CONNECTIONS = 20000, MAX_DEPTH = 256, MAX_SECONDS = 60, BUFFER = 65536, EVENTS = 1024 };
/* Quantiles are read from 64 buckets for each doubling of nanoseconds: at most 1.6 % off. */
enum { STEPS = 64, BUCKETS = 64 * STEPS };

struct connection {
  int fd;
  uint32_t sent, answered;
  int64_t sent_at[MAX_DEPTH];
  size_t held;
  unsigned char buffer[BUFFER];
};

static struct connection *connections;
static int depth;
static uint64_t buckets[BUCKETS];
static uint64_t answers;
static int64_t measured_from, measured_to;

static void fail(const char *why) {
  fprintf(stderr, "load: %s (%s)\n", why, strerror(errno));
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static int bucket_of(int64_t ns) {
  if (ns < STEPS) return (int)(ns < 0 ? 0 : ns);
  int doublings = 63 - __builtin_clzll((uint64_t)ns) - 6;
  return (doublings + 1) * STEPS + (int)((ns >> doublings) & (STEPS - 1));
}

static double lower_edge_us(int bucket) {
  if (bucket < STEPS) return bucket / 1e3;
  int doublings = bucket / STEPS - 1;
  return (double)((int64_t)(STEPS + bucket % STEPS) << doublings) / 1e3;
}

static double quantile_us(double part) {
  uint64_t wanted = (uint64_t)(part * (double)answers), seen = 0;
  for (int bucket = 0; bucket < BUCKETS; bucket++) {
    seen += buckets[bucket];
    if (seen > wanted) return lower_edge_us(bucket);
  }
  return 0;
}

/* Writes `count` requests in one system call. */
static void ask(struct connection *peer, int count, int64_t at) {
  static unsigned char bytes[MAX_DEPTH * HEADER];
  for (int i = 0; i < count; i++) {
    unsigned char *packet = bytes + i * HEADER;
    uint32_t number = htonl(++peer->sent);
    memcpy(packet, "CL\1\1\2\0\0\0", 8);
    memcpy(packet + 8, &number, 4);
    memset(packet + 12, 0, 4);
    peer->sent_at[peer->sent % (uint32_t)depth] = at;
  }
  /* A few KB at most are under way on a connection: there is always room. */
  if (write(peer->fd, bytes, (size_t)(count * HEADER)) != count * HEADER) fail("a write was not taken whole");
}

/* Counts the answers that are whole in the buffer. */
static int take(struct connection *peer, int64_t at) {
  size_t from = 0;
  int taken = 0;
  while (peer->held - from >= HEADER) {
    unsigned char *packet = peer->buffer + from;
    uint32_t number, length;
    memcpy(&number, packet + 8, 4);
    memcpy(&length, packet + 12, 4);
    length = HEADER + ntohl(length);
    if (length > BUFFER) fail("a packet is too long");
    if (peer->held - from < length) break;
    from += length;
    if (packet[4] == 1) continue; /* the greeting */
    if (packet[0] != 'C' || packet[4] != 2) fail("an answer is no time packet");
    if (ntohl(number) != ++peer->answered) fail("an answer has the wrong number");
    taken++;
    if (at < measured_from || at >= measured_to) continue;
    answers++;
    buckets[bucket_of(at - peer->sent_at[peer->answered % (uint32_t)depth])]++;
  }
  memmove(peer->buffer, peer->buffer + from, peer->held -= from);
  return taken;
}

static int dial(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: load PORT CONNECTIONS DEPTH WARM-MS MEASURE-MS\n");
    return 2;
  }
  int port = atoi(argv[1]), count = atoi(argv[2]);
  int64_t warm_ns = atoll(argv[4]) * 1000000, measure_ns = atoll(argv[5]) * 1000000;
  depth = atoi(argv[3]);
  if (count < 1 || count > MAX_CONNECTIONS || depth < 1 || depth > MAX_DEPTH ||
      warm_ns + measure_ns > MAX_SECONDS * 1000000000LL)
    fail("out of bounds");
  alarm(MAX_SECONDS + 10);
  connections = calloc((size_t)count, sizeof *connections);
  int poll = epoll_create1(0);
  for (int i = 0; i < count; i++) {
    connections[i].fd = dial(port);
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = &connections[i]};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].fd, &wanted) < 0) fail("epoll_ctl");
  }
  int64_t at = now_ns();
  measured_from = at + warm_ns;
  measured_to = measured_from + measure_ns;
  for (int i = 0; i < count; i++) ask(&connections[i], depth, at);
  static struct epoll_event events[EVENTS];
  while ((at = now_ns()) < measured_to) {
    int ready = epoll_wait(poll, events, EVENTS, 1000);
    for (int i = 0; i < ready; i++) {
      struct connection *peer = events[i].data.ptr;
      ssize_t length = read(peer->fd, peer->buffer + peer->held, BUFFER - peer->held);
      if (length == 0) fail("the server closed a connection");
      if (length < 0) {
        if (errno == EAGAIN) continue;
        fail("read");
      }
      peer->held += (size_t)length;
      at = now_ns();
      int taken = take(peer, at);
      if (taken > 0) ask(peer, taken, at);
    }
  }
  double seconds = (double)measure_ns / 1e9;
  printf("{\"answers\":%llu,\"seconds\":%.3f,\"rate\":%.0f,\"p50Us\":%.2f,\"p99Us\":%.2f}\n",
         (unsigned long long)answers, seconds, (double)answers / seconds, quantile_us(0.5), quantile_us(0.99));
  return 0;
}
