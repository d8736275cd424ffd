/* The NATS client protocol: PING; SUB and PUB. */
#include <stdio.h>
#include <string.h>
#include "load.h"

static size_t open_nats(struct connection *peer, const unsigned char *bytes, size_t length) {
  long size = length == 0 ? -1 : line_length(bytes, length);
  if (size < 0) return 0;
  if (peer->step == 0) {
    if (memcmp(bytes, "INFO ", 5) != 0) fail("nats-server did not begin with INFO");
    peer->step = 1;
    static const char connect[] = "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c\",\"version\":\"1\"}\r\n";
    say(peer, connect, sizeof connect - 1);
    peer->lead_length =
        (size_t)snprintf(peer->lead, sizeof peer->lead, "PUB t%d %d\r\n", peer->pair, TEXT_BYTES);
    char line[64];
    int count = snprintf(line, sizeof line, "SUB t%d 1\r\n", peer->pair);
    if (peer->receives) say(peer, line, (size_t)count);
    say(peer, "PING\r\n", 6);
  } else {
    if (memcmp(bytes, "PONG", 4) != 0) fail("nats-server refused the connection");
    peer->open = 1;
  }
  return (size_t)size + 2;
}

static size_t ask(struct connection *peer, unsigned char *out) {
  (void)peer;
  memcpy(out, "PING\r\n", 6);
  return 6;
}

static size_t tell(struct connection *peer, unsigned char *out, const char *text) {
  memcpy(out, peer->lead, peer->lead_length);
  memcpy(out + peer->lead_length, text, TEXT_BYTES);
  memcpy(out + peer->lead_length + TEXT_BYTES, "\r\n", 2);
  return peer->lead_length + TEXT_BYTES + 2;
}

static size_t take(struct connection *peer, const unsigned char *bytes, size_t length, enum what *what,
                   const char **text) {
  long size = line_length(bytes, length);
  if (size < 0) return 0;
  size_t end = (size_t)size + 2;
  *what = OTHER;
  if (memcmp(bytes, "PONG", 4) == 0) *what = ANSWER;
  else if (memcmp(bytes, "PING", 4) == 0) say(peer, "PONG\r\n", 6);
  else if (memcmp(bytes, "MSG ", 4) == 0) {
    if (length - end < TEXT_BYTES + 2) return 0;
    *text = (const char *)bytes + end;
    *what = TEXT;
    end += TEXT_BYTES + 2;
  } else if (memcmp(bytes, "INFO", 4) != 0) fail("nats-server answered an error");
  return end;
}

const struct protocol nats = {"nats", open_nats, ask, tell, take};
