/*
 * clp (docs/PROTOCOL.md): a header of 16 bytes; the same without confirmations of texts, which then go as with the others
 * here; and the same packets against a server that echoes them.
 */
#include <arpa/inet.h>
#include <string.h>
#include "load.h"

enum { HEADER = 16, REQUEST = 1, RESPONSE = 2, INDICATION = 3 };
enum { HELLO = 1, TIME = 2, SEND = 5, DELIVER = 6 };

static uint32_t word(const unsigned char *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return ntohl(value);
}

static size_t header(unsigned char *out, int kind, int operation, uint32_t number, uint32_t length) {
  uint32_t words[2] = {htonl(number), htonl(length)};
  unsigned char start[8] = {'C', 'L', 1, (unsigned char)kind, (unsigned char)operation, 0, 0, 0};
  memcpy(out, start, 8);
  memcpy(out + 8, words, 8);
  return HEADER;
}

/* The whole packet at the front, or 0. */
static size_t whole(const unsigned char *bytes, size_t length) {
  if (length < HEADER) return 0;
  if (bytes[0] != 'C' || bytes[1] != 'L') fail("no clp packet");
  size_t size = HEADER + word(bytes + 12);
  if (size > 16384) fail("a packet is too long");
  return size > length ? 0 : size;
}

static size_t open_echo(struct connection *peer, const unsigned char *bytes, size_t length) {
  (void)bytes, (void)length;
  peer->open = 1;
  return 0;
}

static size_t open_clp(struct connection *peer, const unsigned char *bytes, size_t length) {
  size_t size = whole(bytes, length);
  if (size == 0) return 0;
  if (bytes[3] != INDICATION || bytes[4] != HELLO) fail("the first packet is no greeting");
  peer->id = word(bytes + HEADER);
  peer->open = 1;
  return size;
}

static size_t ask(struct connection *peer, unsigned char *out) {
  return header(out, REQUEST, TIME, peer->sent, 0);
}

static size_t tell(struct connection *peer, unsigned char *out, const char *text) {
  uint32_t to = htonl(peer->partner->id);
  header(out, REQUEST, SEND, peer->sent, 4 + TEXT_BYTES);
  memcpy(out + HEADER, &to, 4);
  memcpy(out + HEADER + 4, text, TEXT_BYTES);
  return HEADER + 4 + TEXT_BYTES;
}

enum { DELIVERED = 1, FORWARDED = 2 };

static size_t take_any(struct connection *peer, const unsigned char *bytes, size_t length, enum what *what,
                       const char **text, int outcome) {
  size_t size = whole(bytes, length);
  if (size == 0) return 0;
  unsigned char confirmation[HEADER];
  switch (bytes[4]) {
    case TIME:
      if (word(bytes + 8) != peer->answered + 1) fail("an answer has the wrong number");
      *what = ANSWER;
      return size;
    case DELIVER:
      if (size != HEADER + 22 + TEXT_BYTES) fail("a text has the wrong length");
      *text = (const char *)bytes + HEADER + 22;
      *what = TEXT;
      if (outcome != DELIVERED) return size;
      /* A client must confirm; the sender hears of it then. */
      header(confirmation, RESPONSE, DELIVER, word(bytes + 8), 0);
      say(peer, confirmation, HEADER);
      return size;
    case SEND:
      if (bytes[3] != RESPONSE || bytes[HEADER] != outcome) fail("a text was not delivered");
      *what = OTHER;
      return size;
    default:
      fail("an answer is neither of time nor of a text");
  }
}

static size_t take(struct connection *peer, const unsigned char *bytes, size_t length, enum what *what,
                   const char **text) {
  return take_any(peer, bytes, length, what, text, DELIVERED);
}

static size_t take_unconfirmed(struct connection *peer, const unsigned char *bytes, size_t length, enum what *what,
                               const char **text) {
  return take_any(peer, bytes, length, what, text, FORWARDED);
}

const struct protocol echo = {"echo", open_echo, ask, NULL, take};
const struct protocol clp = {"clp", open_clp, ask, tell, take};
const struct protocol unconfirmed = {"unconfirmed", open_clp, ask, tell, take_unconfirmed};
