/*
 * A load generator for servers of several protocols, on loopback only.
 *
 *   load time  PROTOCOL PORT CONNECTIONS DEPTH WARM-MS MEASURE-MS    each connection has DEPTH requests under way
 *   load relay PROTOCOL PORT PAIRS       DEPTH WARM-MS MEASURE-MS    each pair has DEPTH texts on their way
 *   load hold  PROTOCOL PORT CONNECTIONS                             opens them, and holds them until stdin ends
 *
 * Every answer is matched with its request and every text with its number (load.h, and a file for each protocol), else
 * the run fails. Prints one line of JSON: answers (texts in a relay) within the measured time, their rate, and quantiles
 * of the time from the write of a request to its answer (of a text, to its arrival); and how long it took until all
 * connections were open and each had its first answer.
 */
#define _GNU_SOURCE
#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 20000, MAX_SECONDS = 60, BUFFER = 65536, EVENTS = 1024 };
/* How many connections are being opened at once: fewer than the shortest queue of a listener here (mosquitto's, 100). */
enum { OPENING = 64 };
/* Quantiles are read from 64 buckets for each doubling of nanoseconds: at most 1.6 % off. */
enum { STEPS = 64, BUCKETS = 64 * STEPS };

static const struct protocol *protocol;
static struct connection *connections;
static int count, depth, relays, port, poll_fd;
/* Opened so far, and of those the ones that have had their first answer. */
static int dialled, served;
/* All are open: the load has begun. */
static int running;
static uint64_t buckets[BUCKETS];
/* Within the measured time, and in all. */
static uint64_t answers, all;
static int64_t measured_from, measured_to;
static unsigned char out[MAX_DEPTH * PACKET_BYTES];
static size_t out_length;

_Noreturn void fail(const char *why) {
  fprintf(stderr, "load: %s (%s)\n", why, strerror(errno));
  exit(1);
}

void say(struct connection *peer, const void *bytes, size_t length) {
  (void)peer;
  if (out_length + length > sizeof out) fail("too much to say");
  memcpy(out + out_length, bytes, length);
  out_length += length;
}

long line_length(const unsigned char *bytes, size_t length) {
  const unsigned char *end = memchr(bytes, '\r', length);
  return end == NULL || end + 1 == bytes + length ? -1 : end - bytes;
}

static void flush(struct connection *peer) {
  /* A few KB at most are under way on a connection: there is always room. */
  if (out_length > 0 && write(peer->fd, out, out_length) != (ssize_t)out_length) fail("a write was not taken whole");
  out_length = 0;
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

/* Queues so many requests. */
static void ask(struct connection *peer, int many, int64_t at) {
  for (int i = 0; i < many; i++) {
    if (out_length + PACKET_BYTES > sizeof out) fail("too much to ask");
    peer->sent_at[++peer->sent % (uint32_t)depth] = at;
    out_length += protocol->ask(peer, out + out_length);
  }
}

/* Sends so many texts to the partner: each begins with its number. */
static void tell(struct connection *peer, int many, int64_t at) {
  char text[] = "0000000000 is the number of this";
  for (int i = 0; i < many; i++) {
    peer->sent_at[++peer->sent % (uint32_t)depth] = at;
    uint32_t rest = peer->sent;
    for (int digit = NUMBER_DIGITS; digit-- > 0; rest /= 10) text[digit] = (char)('0' + rest % 10);
    out_length += protocol->tell(peer, out + out_length, text);
  }
  flush(peer);
}

static void measure(int64_t sent_at, int64_t at) {
  all++;
  if (at < measured_from || at >= measured_to) return;
  answers++;
  buckets[bucket_of(at - sent_at)]++;
}

static void dial(void) {
  struct connection *peer = &connections[dialled];
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = peer};
  /* Closed by a reset, so that thousands of ports do not stay in TIME-WAIT for a minute. */
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  int on = 1;
  peer->index = dialled++;
  peer->pair = relays ? peer->index % (count / 2) : peer->index;
  peer->receives = relays && peer->index >= count / 2;
  if (relays) peer->partner = &connections[(peer->index + count / 2) % count];
  peer->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(peer->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  fcntl(peer->fd, F_SETFL, O_NONBLOCK);
  if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, peer->fd, &wanted) < 0) fail("epoll_ctl");
  protocol->open(peer, NULL, 0);
  if (peer->open) ask(peer, 1, 0);
  flush(peer);
}

/* What lies whole at `bytes`; answers how many bytes it used up. */
static size_t work(struct connection *peer, const unsigned char *bytes, size_t length, int64_t at) {
  size_t from = 0;
  int taken = 0, told = 0;
  while (!peer->open) {
    size_t size = protocol->open(peer, bytes + from, length - from);
    from += size;
    if (peer->open) ask(peer, 1, at);
    else if (size == 0) break;
  }
  while (peer->open && from < length) {
    enum what what = NOTHING_WHOLE;
    const char *text = NULL;
    size_t size = protocol->take(peer, bytes + from, length - from, &what, &text);
    if (size == 0) break;
    from += size;
    if (what == ANSWER) {
      peer->answered++;
      if (!peer->served) {
        peer->served = 1;
        served++;
      } else {
        taken++;
        measure(peer->sent_at[peer->answered % (uint32_t)depth], at);
      }
    } else if (what == TEXT) {
      uint32_t number = 0;
      for (int digit = 0; digit < NUMBER_DIGITS; digit++) number = number * 10 + (uint32_t)(text[digit] - '0');
      if (number != ++peer->answered) fail("a text is missing, or came to somebody else");
      told++;
      measure(peer->partner->sent_at[number % (uint32_t)depth], at);
    }
  }
  if (running && taken > 0) ask(peer, taken, at);
  flush(peer);
  if (told > 0) tell(peer->partner, told, at);
  return from;
}

/* Waits for events, reads once from each connection that has some, and works on it. */
static void turn(void) {
  static struct epoll_event events[EVENTS];
  /* The rest of an earlier read is put before what comes next. */
  static unsigned char buffer[REST_BYTES + BUFFER];
  int ready = epoll_wait(poll_fd, events, EVENTS, 1000);
  for (int i = 0; i < ready; i++) {
    struct connection *peer = events[i].data.ptr;
    memcpy(buffer, peer->rest, peer->held);
    ssize_t got = read(peer->fd, buffer + peer->held, BUFFER);
    if (got == 0) fail("the server closed a connection");
    if (got < 0) {
      if (errno == EAGAIN) continue;
      fail("read");
    }
    size_t length = peer->held + (size_t)got;
    size_t used = work(peer, buffer, length, now_ns());
    peer->held = length - used;
    if (peer->held > REST_BYTES) fail("a packet is too long");
    memcpy(peer->rest, buffer + used, peer->held);
  }
}

/* Opens all connections, a few at a time; the seconds until each had its first answer. */
static double open_all(void) {
  int64_t begin = now_ns();
  while (served < count) {
    while (dialled < count && dialled - served < OPENING) dial();
    turn();
  }
  return (double)(now_ns() - begin) / 1e9;
}

static void run(int64_t warm_ns, int64_t measure_ns) {
  int64_t at = now_ns();
  running = 1;
  measured_from = at + warm_ns;
  measured_to = measured_from + measure_ns;
  for (int i = 0; i < count; i++) {
    struct connection *peer = &connections[i];
    if (relays) {
      peer->sent = peer->answered = 0;
      if (!peer->receives) tell(peer, depth, at);
    } else {
      ask(peer, depth, at);
      flush(peer);
    }
  }
  while (now_ns() < measured_to) turn();
}

static const struct protocol *protocol_named(const char *name) {
  const struct protocol *all[] = {&echo, &clp, &unconfirmed, &resp, &nats, &mqtt, &ws, &socketio};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp(all[i]->name, name) == 0) return all[i];
  fail("no such protocol");
}

int main(int argc, char **argv) {
  int holds = argc == 5 && strcmp(argv[1], "hold") == 0;
  relays = argc == 8 && strcmp(argv[1], "relay") == 0;
  if (!holds && !relays && !(argc == 8 && strcmp(argv[1], "time") == 0)) {
    fputs("usage: load time|relay PROTOCOL PORT N DEPTH WARM-MS MEASURE-MS, or load hold PROTOCOL PORT N\n", stderr);
    return 2;
  }
  protocol = protocol_named(argv[2]);
  port = atoi(argv[3]);
  count = atoi(argv[4]) * (relays ? 2 : 1);
  depth = holds ? 1 : atoi(argv[5]);
  int64_t warm_ns = holds ? 0 : atoll(argv[6]) * 1000000, measure_ns = holds ? 0 : atoll(argv[7]) * 1000000;
  if (count < 1 || count > MAX_CONNECTIONS || depth < 1 || depth > MAX_DEPTH ||
      warm_ns + measure_ns > MAX_SECONDS * 1000000000LL || (relays && protocol->tell == NULL))
    fail("out of bounds");
  alarm(3 * MAX_SECONDS);
  connections = calloc((size_t)count, sizeof *connections);
  poll_fd = epoll_create1(0);
  double open_seconds = open_all();
  if (holds) {
    printf("{\"connections\":%d,\"openSeconds\":%.4f}\n", count, open_seconds);
    fflush(stdout);
    while (getchar() != EOF) continue;
    return 0;
  }
  run(warm_ns, measure_ns);
  double seconds = (double)measure_ns / 1e9;
  printf("{\"answers\":%llu,\"all\":%llu,\"rate\":%.0f,\"p50Us\":%.2f,\"p99Us\":%.2f,\"openSeconds\":%.4f}\n",
         (unsigned long long)answers, (unsigned long long)all, (double)answers / seconds, quantile_us(0.5),
         quantile_us(0.99), open_seconds);
  return 0;
}
