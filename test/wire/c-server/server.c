/*
 * A server of clp, written from docs/PROTOCOL.md and nothing else, to test that the page says enough.
 * One process, poll(2), no threads. Prints its port on stdout; ends on SIGTERM.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 1, RESPONSE = 2, INDICATION = 3 };
enum { HELLO = 1, TIME, NAME, LIST, SEND, DELIVER, HEARTBEAT, BYE, ERROR };
enum { OK = 0, BAD_PACKET = 1, UNKNOWN_CLIENT = 3, RECEIVER_GONE = 4, NAME_TAKEN = 7, BAD_NAME = 8, TOO_MANY = 9,
       TOO_MANY_REQUESTS = 10, SHUTTING_DOWN = 13 };
enum { HEADER = 16, LONGEST = 16384, CLIENTS = 64, TEXTS = 256, PAGE = 128, CONFIRM_MS = 2000 };

struct client {
    int fd, closing;
    uint32_t id;
    uint8_t address[16], name[64], in[LONGEST];
    uint16_t port;
    size_t name_length, have;
};
struct text { /* on its way: waits for deliver.response */
    uint32_t number, request, sender, receiver;
    int64_t deadline;
};
static struct client clients[CLIENTS];
static struct text texts[TEXTS];
static uint32_t last_id, last_number;
static volatile sig_atomic_t stopped;

static void stop(int signal_number) { (void)signal_number; stopped = 1; }
static uint32_t get32(const uint8_t *b) { return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]; }
static void put16(uint8_t *b, unsigned v) { b[0] = (uint8_t)(v >> 8); b[1] = (uint8_t)v; }
static void put32(uint8_t *b, uint32_t v) { put16(b, v >> 16); put16(b + 2, v & 0xffff); }
static int64_t now_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static struct client *find(uint32_t id) {
    for (int i = 0; i < CLIENTS; i++) if (clients[i].fd >= 0 && clients[i].id == id) return &clients[i];
    return NULL;
}
static int is_utf8(const uint8_t *p, size_t n) {
    for (size_t i = 0; i < n;) {
        uint8_t a = p[i++];
        int more = a < 0x80 ? 0 : a >= 0xc2 && a < 0xe0 ? 1 : a >= 0xe0 && a < 0xf0 ? 2 : a >= 0xf0 && a < 0xf5 ? 3 : -1;
        uint8_t low = a == 0xe0 ? 0xa0 : a == 0xf0 ? 0x90 : 0x80, high = a == 0xed ? 0x9f : a == 0xf4 ? 0x8f : 0xbf;
        if (more < 0 || i + (size_t)more > n) return 0;
        for (; more > 0; more--, i++, low = 0x80, high = 0xbf) if (p[i] < low || p[i] > high) return 0;
    }
    return 1;
}
static void say(struct client *c, int kind, int operation, int status, uint32_t request, const void *payload, size_t n) {
    uint8_t b[LONGEST] = {0x43, 0x4c, 1, (uint8_t)kind, (uint8_t)operation, (uint8_t)status, 0, 0};
    put32(b + 8, request);
    put32(b + 12, (uint32_t)n);
    if (n > 0) memcpy(b + HEADER, payload, n);
    for (size_t done = 0; done < HEADER + n;) {
        ssize_t sent = send(c->fd, b + done, HEADER + n - done, MSG_NOSIGNAL);
        if (sent <= 0) return;
        done += (size_t)sent;
    }
}
static void fail(struct client *c, int status, uint32_t request, const char *sentence) {
    say(c, RESPONSE, ERROR, status, request, sentence, strlen(sentence));
}
static void bad(struct client *c, const char *sentence) {
    say(c, INDICATION, ERROR, BAD_PACKET, 0, sentence, strlen(sentence));
    shutdown(c->fd, SHUT_WR);
    c->closing = 1;
}
static void leave(struct client *c) {
    close(c->fd);
    c->fd = -1;
    for (int i = 0; i < TEXTS; i++) {
        struct client *sender = texts[i].number == 0 ? NULL : find(texts[i].sender);
        if (texts[i].number == 0 || (texts[i].receiver != c->id && texts[i].sender != c->id)) continue;
        if (sender != NULL) fail(sender, RECEIVER_GONE, texts[i].request, "the receiver left");
        texts[i].number = 0;
    }
}
static size_t entry(uint8_t *b, const struct client *c) {
    put32(b, c->id);
    memcpy(b + 4, c->address, 16);
    put16(b + 20, c->port);
    b[22] = (uint8_t)c->name_length;
    memcpy(b + 23, c->name, c->name_length);
    return 23 + c->name_length;
}
static void list(struct client *c, uint32_t request, uint32_t after) {
    uint8_t b[LONGEST - HEADER] = {0};
    size_t n = 3;
    unsigned count = 0;
    for (;;) { /* ascending order: the smallest number above the last one, again and again */
        const struct client *next = NULL;
        for (int i = 0; i < CLIENTS; i++)
            if (clients[i].fd >= 0 && clients[i].id > after && (next == NULL || clients[i].id < next->id)) next = &clients[i];
        if (next == NULL) break;
        if (count == PAGE || n + 87 > sizeof b) { b[0] = 1; break; }
        n += entry(b + n, next);
        after = next->id;
        count++;
    }
    put16(b + 1, count);
    say(c, RESPONSE, LIST, OK, request, b, n);
}
static void pass_on(struct client *c, uint32_t request, const uint8_t *p, size_t n) {
    struct client *receiver = find(get32(p));
    uint8_t b[LONGEST];
    int i = 0;
    if (receiver == NULL || receiver->closing) { fail(c, UNKNOWN_CLIENT, request, "there is no such client"); return; }
    while (i < TEXTS && texts[i].number != 0) i++;
    if (i == TEXTS) { fail(c, TOO_MANY_REQUESTS, request, "too many texts wait"); return; }
    if (++last_number == 0) last_number = 1;
    texts[i] = (struct text){last_number, request, c->id, receiver->id, now_ms(CLOCK_MONOTONIC) + CONFIRM_MS};
    put32(b, c->id);
    memcpy(b + 4, c->address, 16);
    put16(b + 20, c->port);
    memcpy(b + 22, p + 4, n - 4);
    say(receiver, INDICATION, DELIVER, OK, last_number, b, 22 + n - 4);
}
static void rename_client(struct client *c, uint32_t request, const uint8_t *p, size_t n) {
    uint8_t id[4];
    for (size_t i = 0; i < n; i++) if (p[i] < 32 || p[i] == 127) n = 0;
    if (n == 0) { fail(c, BAD_NAME, request, "not a good name"); return; }
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i].fd >= 0 && &clients[i] != c && clients[i].name_length == n && memcmp(clients[i].name, p, n) == 0) {
            fail(c, NAME_TAKEN, request, "another client has this name");
            return;
        }
    memcpy(c->name, p, n);
    c->name_length = n;
    put32(id, c->id);
    say(c, RESPONSE, HELLO, OK, request, id, 4);
}
static void answered(uint32_t number, uint32_t receiver, uint8_t outcome) {
    for (int i = 0; i < TEXTS; i++) {
        struct client *sender = texts[i].number == number ? find(texts[i].sender) : NULL;
        if (number == 0 || texts[i].number != number || texts[i].receiver != receiver) continue;
        texts[i].number = 0;
        if (sender != NULL) say(sender, RESPONSE, SEND, OK, texts[i].request, &outcome, 1);
    }
}
static void handle(struct client *c, const uint8_t *b, size_t n) {
    int what = b[3] * 16 + b[4];
    uint32_t request = get32(b + 8);
    const uint8_t *p = b + HEADER;
    uint8_t t[8];
    char host[256] = "";
    size_t text = what == REQUEST * 16 + SEND && n > 4 ? 4 : 0; /* where the text begins, in packets that have one */
    if ((text > 0 || what == REQUEST * 16 + HELLO || what == INDICATION * 16 + BYE) && !is_utf8(p + text, n - text)) {
        bad(c, "the text is not UTF-8");
        return;
    }
    if (what == INDICATION * 16 + BYE && n <= 1024) { shutdown(c->fd, SHUT_WR); c->closing = 1; return; }
    if (b[5] != OK) { bad(c, "a status where none belongs"); return; }
    if (what == REQUEST * 16 + HELLO && n <= 64) rename_client(c, request, p, n);
    else if (what == REQUEST * 16 + TIME && n == 0) {
        int64_t ms = now_ms(CLOCK_REALTIME);
        put32(t, (uint32_t)(ms >> 32));
        put32(t + 4, (uint32_t)ms);
        say(c, RESPONSE, TIME, OK, request, t, 8);
    } else if (what == REQUEST * 16 + NAME && n == 0) {
        gethostname(host, sizeof host - 1);
        say(c, RESPONSE, NAME, OK, request, host, strlen(host));
    } else if (what == REQUEST * 16 + LIST && n == 4) list(c, request, get32(p));
    else if (what == REQUEST * 16 + SEND && n >= 4 && n <= 4 + 4096) pass_on(c, request, p, n);
    else if (what == RESPONSE * 16 + DELIVER && n == 0) answered(request, c->id, 1);
    else if (what == REQUEST * 16 + HEARTBEAT && n == 0) say(c, RESPONSE, HEARTBEAT, OK, request, NULL, 0);
    else if (what != RESPONSE * 16 + HEARTBEAT || n != 0) bad(c, "no packet of a client looks like this");
}
static void receive(struct client *c) {
    ssize_t got = recv(c->fd, c->in + c->have, sizeof c->in - c->have, 0);
    if (got <= 0) { leave(c); return; }
    if (c->closing) return; /* only waits for the other side's end */
    c->have += (size_t)got;
    while (c->have >= HEADER && !c->closing) {
        uint32_t n = get32(c->in + 12);
        if (memcmp(c->in, "CL\1", 3) != 0 || c->in[6] != 0 || c->in[7] != 0) { bad(c, "not a clp header"); return; }
        if (n > LONGEST - HEADER) { bad(c, "longer than a packet may be"); return; }
        if (c->have < HEADER + n) return;
        handle(c, c->in, n);
        c->have -= HEADER + n;
        memmove(c->in, c->in + HEADER + n, c->have);
    }
}
static void admit(int listener) {
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    struct client stranger = {.fd = accept(listener, (struct sockaddr *)&from, &size)}, *c = NULL;
    uint8_t hello[32];
    if (stranger.fd < 0) return;
    for (int i = 0; i < CLIENTS && c == NULL; i++) if (clients[i].fd < 0) c = &clients[i];
    if (c == NULL) { say(&stranger, INDICATION, BYE, TOO_MANY, 0, "full", 4); close(stranger.fd); return; }
    *c = (struct client){.fd = stranger.fd, .id = ++last_id, .port = ntohs(from.sin_port)};
    c->address[10] = c->address[11] = 0xff; /* ::ffff:a.b.c.d */
    memcpy(c->address + 12, &from.sin_addr, 4);
    put32(hello, c->id);
    memcpy(hello + 4, "written in C", 12);
    say(c, INDICATION, HELLO, OK, 0, hello, 16);
}
int main(void) {
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof self;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < CLIENTS; i++) clients[i].fd = -1;
    if (bind(listener, (struct sockaddr *)&self, size) != 0 || listen(listener, 64) != 0) { perror("listen"); return 3; }
    getsockname(listener, (struct sockaddr *)&self, &size);
    printf("%d\n", ntohs(self.sin_port));
    fflush(stdout);
    while (!stopped) {
        struct pollfd p[CLIENTS + 1] = {{.fd = listener, .events = POLLIN}};
        for (int i = 0; i < CLIENTS; i++) p[i + 1] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
        if (poll(p, CLIENTS + 1, 50) > 0)
            for (int i = 0; i < CLIENTS; i++) if (clients[i].fd >= 0 && p[i + 1].revents != 0) receive(&clients[i]);
        for (int i = 0; i < TEXTS; i++)
            if (texts[i].number != 0 && texts[i].deadline <= now_ms(CLOCK_MONOTONIC)) answered(texts[i].number, texts[i].receiver, 2);
        if (p[0].revents != 0) admit(listener);
    }
    for (int i = 0; i < CLIENTS; i++) {
        if (clients[i].fd < 0) continue;
        say(&clients[i], INDICATION, BYE, SHUTTING_DOWN, 0, "the server ends", 15);
        shutdown(clients[i].fd, SHUT_WR);
        while (recv(clients[i].fd, clients[i].in, sizeof clients[i].in, 0) > 0) continue;
        close(clients[i].fd);
    }
    return 0;
}
