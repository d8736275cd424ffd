/* What both servers in C share: the bytes of clp (docs/PROTOCOL.md). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 1, RESPONSE, INDICATION };
enum { HELLO = 1, TIME, NAME, LIST, SEND, DELIVER, HEARTBEAT, BYE, ERROR };
enum { OK = 0, BAD_PACKET = 1, UNKNOWN_CLIENT = 3, FORWARDED = 2 };
enum { HEADER = 16, LONGEST = 16384, LONGEST_TEXT = 4096, CLIENTS = 256 };

static uint32_t get32(const uint8_t *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
static void put16(uint8_t *b, unsigned v) { b[0] = (uint8_t)(v >> 8); b[1] = (uint8_t)v; }
static void put32(uint8_t *b, uint32_t v) { put16(b, v >> 16); put16(b + 2, v & 0xffff); }

static size_t packet(uint8_t *b, int kind, int operation, int status, uint32_t request, const void *payload, size_t n) {
    const uint8_t head[8] = {0x43, 0x4c, 1, (uint8_t)kind, (uint8_t)operation, (uint8_t)status, 0, 0};
    memcpy(b, head, 8);
    put32(b + 8, request);
    put32(b + 12, (uint32_t)n);
    if (n > 0) memcpy(b + HEADER, payload, n);
    return HEADER + n;
}

/* Address and port as clp has them: IPv6, IPv4-mapped; the port in network order, as accept gave it. */
static void put_place(uint8_t *b, const struct sockaddr_in *from) {
    memset(b, 0, 10);
    b[10] = b[11] = 0xff;
    memcpy(b + 12, &from->sin_addr, 4);
    put16(b + 16, ntohs(from->sin_port));
}

static int header_is_good(const uint8_t *b) {
    return memcmp(b, "CL\1", 3) == 0 && b[5] == 0 && b[6] == 0 && b[7] == 0 && get32(b + 12) <= LONGEST - HEADER;
}

static void put_time(uint8_t *b) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    int64_t ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    put32(b, (uint32_t)(ms >> 32));
    put32(b + 4, (uint32_t)ms);
}

static int listen_on(const char *port) {
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    self.sin_port = htons((uint16_t)atoi(port));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&self, sizeof self) != 0 || listen(listener, 128) != 0) {
        perror("listen");
        exit(1);
    }
    return listener;
}
