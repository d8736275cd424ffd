/*
 * What the load generator (load.c) asks of a protocol. Each protocol is one file: how a connection opens, what a request
 * looks like, where an answer ends. Sockets, windows and clocks are load.c's.
 */
#ifndef LOAD_H
#define LOAD_H
#include <stddef.h>
#include <stdint.h>

enum { MAX_DEPTH = 256, REST_BYTES = 4096, TEXT_BYTES = 32, NUMBER_DIGITS = 10, PACKET_BYTES = 256 };

/* What `take` found at the front of the bytes. */
enum what { NOTHING_WHOLE, ANSWER, TEXT, OTHER };

struct connection {
  int fd;
  int index;
  /* In a relay: the texts of pair p go from its sender to its receiver. */
  int pair, receives;
  /* The handshake is behind it; `step` is how far it was before. */
  int open, step;
  uint32_t sent, answered;
  /* The number by which others address this client, where the protocol has such. */
  uint32_t id;
  /* The first request, which shows that the server has accepted the connection, was answered. */
  int served;
  struct connection *partner;
  /* What comes before each text, the same every time: `open` puts it there. */
  size_t lead_length;
  char lead[64];
  int64_t sent_at[MAX_DEPTH];
  /* The beginning of a packet whose rest is still to come. */
  size_t held;
  unsigned char rest[REST_BYTES];
};

struct protocol {
  const char *name;
  /*
   * The next step of the handshake: called once with no bytes when the connection is there, then with what arrived.
   * Answers how many bytes it used up, and sets `open` behind its last step.
   */
  size_t (*open)(struct connection *peer, const unsigned char *bytes, size_t length);
  /* Puts request number `peer->sent`, which asks the server for an answer, at `out`; its length. */
  size_t (*ask)(struct connection *peer, unsigned char *out);
  /* The same for a text to the partner, which `text` (TEXT_BYTES) is; NULL where the bench has no relay. */
  size_t (*tell)(struct connection *peer, unsigned char *out, const char *text);
  /*
   * The packet at the front: its length, and what it is. For an ANSWER it has compared the number with the one that is
   * due, `peer->answered + 1`, where the protocol has numbers; for a TEXT, `*text` is where it begins.
   */
  size_t (*take)(struct connection *peer, const unsigned char *bytes, size_t length, enum what *what,
                 const char **text);
};

extern const struct protocol echo, clp, unconfirmed, resp, nats, mqtt, ws, socketio;

/* Ends the run with the reason. */
_Noreturn void fail(const char *why);
/* Queues bytes for this connection; they go out behind what is being read now. */
void say(struct connection *peer, const void *bytes, size_t length);
/* Bytes before the first CR LF, or -1. */
long line_length(const unsigned char *bytes, size_t length);

#endif
