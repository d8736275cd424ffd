/* RESP, the protocol of redis: PING; SUBSCRIBE and PUBLISH. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "load.h"

static size_t open_resp(struct connection *peer, const unsigned char *bytes, size_t length) {
  char line[64], name[16];
  int size = snprintf(name, sizeof name, "t%d", peer->pair);
  if (!peer->receives) {
    peer->lead_length = (size_t)snprintf(peer->lead, sizeof peer->lead, "*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n",
                                         size, name, TEXT_BYTES);
    peer->open = 1;
    return 0;
  }
  if (peer->step == 0) {
    peer->step = 1;
    int count = snprintf(line, sizeof line, "*2\r\n$9\r\nSUBSCRIBE\r\n$%d\r\n%s\r\n", size, name);
    say(peer, line, (size_t)count);
    return 0;
  }
  int count = snprintf(line, sizeof line, "*3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:1\r\n", size, name);
  if (length < (size_t)count) return 0;
  if (memcmp(bytes, line, (size_t)count) != 0) fail("the subscription was refused");
  peer->open = 1;
  return (size_t)count;
}

static size_t ask(struct connection *peer, unsigned char *out) {
  (void)peer;
  static const char ping[] = "*1\r\n$4\r\nPING\r\n";
  memcpy(out, ping, sizeof ping - 1);
  return sizeof ping - 1;
}

static size_t tell(struct connection *peer, unsigned char *out, const char *text) {
  memcpy(out, peer->lead, peer->lead_length);
  memcpy(out + peer->lead_length, text, TEXT_BYTES);
  memcpy(out + peer->lead_length + TEXT_BYTES, "\r\n", 2);
  return peer->lead_length + TEXT_BYTES + 2;
}

/* Where the CR LF behind `at` ends, or 0. */
static size_t behind_line(const unsigned char *bytes, size_t at, size_t length) {
  long size = line_length(bytes + at, length - at);
  return size < 0 ? 0 : at + (size_t)size + 2;
}

static size_t take(struct connection *peer, const unsigned char *bytes, size_t length, enum what *what,
                   const char **text) {
  (void)peer;
  size_t end = behind_line(bytes, 0, length);
  if (end == 0) return 0;
  switch (bytes[0]) {
    case '+':
      *what = ANSWER;
      return end;
    case ':':
      if (bytes[1] != '1') fail("a text reached nobody");
      *what = OTHER;
      return end;
    case '*':
      /* *3 $7 message $N channel $M text: seven lines; a client that is subscribed gets [pong, ""] for PING: *2 ... */
      if (bytes[1] == '2') {
        for (int line = 0; line < 4; line++)
          if ((end = behind_line(bytes, end, length)) == 0) return 0;
        *what = ANSWER;
        return end;
      }
      for (int line = 0; line < 5; line++)
        if ((end = behind_line(bytes, end, length)) == 0) return 0;
      if (length - end < TEXT_BYTES + 2) return 0;
      *text = (const char *)bytes + end;
      *what = TEXT;
      return end + TEXT_BYTES + 2;
    default:
      fail("redis answered an error");
  }
}

const struct protocol resp = {"resp", open_resp, ask, tell, take};
