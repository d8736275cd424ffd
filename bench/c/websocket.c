/*
 * WebSocket (RFC 6455) with four bytes that ask for the time (bench/peers/ws.ts), and socket.io over it: an event `time`
 * with an acknowledgement (https://socket.io/docs/v4/socket-io-protocol/, Engine.IO 4).
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "load.h"

enum { TEXT_FRAME = 0x81, BINARY_FRAME = 0x82 };

/* A client masks each frame (section 5.3), with any key but 0, which servers treat as a special case. */
static size_t frame(unsigned char *out, int opcode, const void *payload, size_t length) {
  static const unsigned char key[4] = {0x37, 0xfa, 0x21, 0x3d};
  if (length > 125) fail("a frame is too long");
  out[0] = (unsigned char)opcode;
  out[1] = (unsigned char)(0x80 | length);
  memcpy(out + 2, key, 4);
  for (size_t i = 0; i < length; i++) out[6 + i] = ((const unsigned char *)payload)[i] ^ key[i % 4];
  return 6 + length;
}

/* A whole frame of the server: its length, and its payload; 0 when there is none yet. */
static size_t whole(const unsigned char *bytes, size_t length, const unsigned char **payload, size_t *size) {
  if (length < 4) return 0;
  size_t start = 2;
  *size = bytes[1];
  if (*size == 126) {
    *size = (size_t)bytes[2] << 8 | bytes[3];
    start = 4;
  } else if (*size > 126) fail("a frame is too long, or masked");
  *payload = bytes + start;
  return start + *size > length ? 0 : start + *size;
}

static void upgrade(struct connection *peer, const char *path) {
  char text[256];
  int size = snprintf(text, sizeof text,
                      "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                      path);
  say(peer, text, (size_t)size);
}

/* The answer to that key is the one of section 1.3. */
static size_t upgraded(const unsigned char *bytes, size_t length) {
  const unsigned char *end = memmem(bytes, length, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  size_t size = (size_t)(end - bytes) + 4;
  if (memcmp(bytes, "HTTP/1.1 101", 12) != 0 || !memmem(bytes, size, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28))
    fail("the upgrade to WebSocket was refused");
  return size;
}

static size_t open_ws(struct connection *peer, const unsigned char *bytes, size_t length) {
  if (peer->step == 0) {
    peer->step = 1;
    upgrade(peer, "/");
    return 0;
  }
  size_t size = upgraded(bytes, length);
  if (size > 0) peer->open = 1;
  return size;
}

static size_t ask_ws(struct connection *peer, unsigned char *out) {
  return frame(out, BINARY_FRAME, &peer->sent, 4);
}

static size_t take_ws(struct connection *peer, const unsigned char *bytes, size_t length, enum what *what,
                      const char **text) {
  (void)text;
  const unsigned char *payload;
  size_t size, whole_bytes = whole(bytes, length, &payload, &size);
  if (whole_bytes == 0) return 0;
  uint32_t number;
  memcpy(&number, payload, 4);
  if (bytes[0] != BINARY_FRAME || size != 12) fail("an answer is no time");
  if (number != peer->answered + 1) fail("an answer has the wrong number");
  *what = ANSWER;
  return whole_bytes;
}

static size_t open_socketio(struct connection *peer, const unsigned char *bytes, size_t length) {
  unsigned char packet[PACKET_BYTES];
  const unsigned char *payload;
  size_t size, whole_bytes;
  switch (peer->step) {
    case 0:
      peer->step = 1;
      upgrade(peer, "/socket.io/?EIO=4&transport=websocket");
      return 0;
    case 1:
      if ((size = upgraded(bytes, length)) > 0) peer->step = 2;
      return size;
    default:
      /* Engine.IO says `open` (0), we connect to the main namespace (40), and are told our id (40{...}). */
      if ((whole_bytes = whole(bytes, length, &payload, &size)) == 0) return 0;
      if (payload[0] == '0') say(peer, packet, frame(packet, TEXT_FRAME, "40", 2));
      else if (payload[0] == '4' && payload[1] == '0') peer->open = 1;
      else fail("socket.io refused the connection");
      return whole_bytes;
  }
}

static size_t ask_socketio(struct connection *peer, unsigned char *out) {
  char event[32];
  int size = snprintf(event, sizeof event, "42%u[\"time\"]", peer->sent);
  return frame(out, TEXT_FRAME, event, (size_t)size);
}

static size_t take_socketio(struct connection *peer, const unsigned char *bytes, size_t length, enum what *what,
                            const char **text) {
  (void)text;
  unsigned char packet[PACKET_BYTES];
  const unsigned char *payload;
  size_t size, whole_bytes = whole(bytes, length, &payload, &size);
  if (whole_bytes == 0) return 0;
  if (payload[0] == '2') {
    /* Engine.IO's heartbeat. */
    say(peer, packet, frame(packet, TEXT_FRAME, "3", 1));
    *what = OTHER;
  } else {
    if (payload[0] != '4' || payload[1] != '3') fail("socket.io said something else");
    if (strtoul((const char *)payload + 2, NULL, 10) != peer->answered + 1) fail("an answer has the wrong number");
    *what = ANSWER;
  }
  return whole_bytes;
}

const struct protocol ws = {"ws", open_ws, ask_ws, NULL, take_ws};
const struct protocol socketio = {"socketio", open_socketio, ask_socketio, NULL, take_socketio};
