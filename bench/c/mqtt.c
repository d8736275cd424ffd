/* MQTT 3.1.1: PINGREQ; SUBSCRIBE and PUBLISH with QoS 0. Every packet here is shorter than 128 bytes. */
#include <stdio.h>
#include <string.h>
#include "load.h"

enum { CONNACK = 0x20, PUBLISH = 0x30, SUBACK = 0x90, PINGRESP = 0xd0 };

/* The whole packet at the front, or 0. */
static size_t whole(const unsigned char *bytes, size_t length) {
  if (length < 2) return 0;
  if (bytes[1] > 127) fail("a packet is too long");
  size_t size = 2u + bytes[1];
  return size > length ? 0 : size;
}

static size_t open_mqtt(struct connection *peer, const unsigned char *bytes, size_t length) {
  unsigned char packet[64];
  char name[24];
  if (peer->step == 0) {
    peer->step = 1;
    /* Clean session, no keep-alive, a name of its own: [MQTT-3.1.3]. */
    size_t size = (size_t)snprintf(name, sizeof name, "load%d", peer->index);
    unsigned char start[] = {0x10, (unsigned char)(12 + size), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0,
                             (unsigned char)size};
    memcpy(packet, start, sizeof start);
    memcpy(packet + sizeof start, name, size);
    say(peer, packet, sizeof start + size);
    return 0;
  }
  size_t whole_bytes = whole(bytes, length);
  if (whole_bytes == 0) return 0;
  if (peer->step == 1) {
    if (bytes[0] != CONNACK || bytes[3] != 0) fail("mosquitto refused the connection");
    peer->step = 2;
    if (peer->receives) {
      size_t size = (size_t)snprintf(name, sizeof name, "t%d", peer->pair);
      unsigned char start[] = {0x82, (unsigned char)(5 + size), 0, 1, 0, (unsigned char)size};
      memcpy(packet, start, sizeof start);
      memcpy(packet + sizeof start, name, size);
      packet[sizeof start + size] = 0;
      say(peer, packet, sizeof start + size + 1);
    } else {
      int size = snprintf(peer->lead + 4, sizeof peer->lead - 4, "t%d", peer->pair);
      peer->lead[0] = PUBLISH;
      peer->lead[1] = (char)(2 + size + TEXT_BYTES);
      peer->lead[3] = (char)size;
      peer->lead_length = 4u + (size_t)size;
      peer->open = 1;
    }
  } else {
    if (bytes[0] != SUBACK || bytes[4] != 0) fail("mosquitto refused the subscription");
    peer->open = 1;
  }
  return whole_bytes;
}

static size_t ask(struct connection *peer, unsigned char *out) {
  (void)peer;
  out[0] = 0xc0;
  out[1] = 0;
  return 2;
}

static size_t tell(struct connection *peer, unsigned char *out, const char *text) {
  memcpy(out, peer->lead, peer->lead_length);
  memcpy(out + peer->lead_length, text, TEXT_BYTES);
  return peer->lead_length + TEXT_BYTES;
}

static size_t take(struct connection *peer, const unsigned char *bytes, size_t length, enum what *what,
                   const char **text) {
  (void)peer;
  size_t size = whole(bytes, length);
  if (size == 0) return 0;
  switch (bytes[0]) {
    case PINGRESP:
      *what = ANSWER;
      break;
    case PUBLISH:
      *text = (const char *)bytes + size - TEXT_BYTES;
      *what = TEXT;
      break;
    default:
      fail("mosquitto said something else");
  }
  return size;
}

const struct protocol mqtt = {"mqtt", open_mqtt, ask, tell, take};
