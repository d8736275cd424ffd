/* One thread, epoll, sockets that do not block; what the kernel does not take waits in a queue for its client. Usage: PORT */
#include "clp.h"

struct client {
    int fd, ending, dead;
    uint32_t id;
    struct sockaddr_in from;
    uint8_t name[64];
    size_t name_length;
    uint8_t in[LONGEST];
    size_t have;
    uint8_t *out;
    size_t waiting, room;
    struct client *next;
};
static struct client *clients;
static uint32_t last_id;
static int epoll;

/* Looks out for what the client can still do: say something (unless it has ended) and take what waits for it. */
static void watch(struct client *c, int how) {
    struct epoll_event wish = {.data.ptr = c};
    wish.events = (c->ending ? 0 : EPOLLIN) | (c->waiting > 0 ? EPOLLOUT : 0);
    epoll_ctl(epoll, how, c->fd, &wish);
}
static void flush(struct client *c) {
    size_t done = 0;
    while (done < c->waiting) {
        ssize_t sent = send(c->fd, c->out + done, c->waiting - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno != EAGAIN) c->dead = 1;
        if (sent < 0) break;
        done += (size_t)sent;
    }
    memmove(c->out, c->out + done, c->waiting - done);
    c->waiting -= done;
    if (c->ending && c->waiting == 0) c->dead = 1;
}
static void say(struct client *c, int kind, int operation, int status, uint32_t request, const void *payload, size_t n) {
    if (c->dead) return;
    while (c->waiting + HEADER + n > c->room) {
        c->room = c->room == 0 ? LONGEST : 2 * c->room;
        c->out = realloc(c->out, c->room);
        if (c->out == NULL) abort();
    }
    c->waiting += packet(c->out + c->waiting, kind, operation, status, request, payload, n);
    flush(c);
    if (!c->dead) watch(c, EPOLL_CTL_MOD);
}
static struct client *find(uint32_t id) {
    for (struct client *one = clients; one != NULL; one = one->next) if (one->id == id && !one->dead) return one;
    return NULL;
}
static void list(struct client *c, uint32_t request, uint32_t after) {
    uint8_t b[LONGEST - HEADER] = {0};
    size_t n = 3;
    unsigned count = 0;
    for (struct client *one = clients; one != NULL; one = one->next) {
        if (one->dead || one->ending || one->id <= after || n + 87 > sizeof b) continue;
        put32(b + n, one->id);
        put_place(b + n + 4, &one->from);
        b[n + 22] = (uint8_t)one->name_length;
        memcpy(b + n + 23, one->name, one->name_length);
        n += 23 + one->name_length;
        count++;
    }
    put16(b + 1, count);
    say(c, RESPONSE, LIST, OK, request, b, n);
}
static void pass_on(struct client *c, uint32_t request, const uint8_t *p, size_t n) {
    uint8_t b[LONGEST], outcome = FORWARDED;
    struct client *receiver = find(get32(p));
    if (receiver == NULL) {
        say(c, RESPONSE, ERROR, UNKNOWN_CLIENT, request, "no such client", 14);
        return;
    }
    put32(b, c->id);
    put_place(b + 4, &c->from);
    memcpy(b + 22, p + 4, n - 4);
    say(receiver, INDICATION, DELIVER, OK, request, b, 22 + n - 4);
    say(c, RESPONSE, SEND, OK, request, &outcome, 1);
}
/* Returns 0 when the client is to be closed. */
static int handle(struct client *c, const uint8_t *b, size_t n) {
    const uint8_t *p = b + HEADER;
    uint32_t request = get32(b + 8);
    uint8_t out[8];
    char host[256] = "";
    switch (b[3] * 16 + b[4]) {
    case REQUEST * 16 + TIME:
        put_time(out);
        say(c, RESPONSE, TIME, OK, request, out, 8);
        return 1;
    case REQUEST * 16 + NAME:
        gethostname(host, sizeof host - 1);
        say(c, RESPONSE, NAME, OK, request, host, strlen(host));
        return 1;
    case REQUEST * 16 + LIST:
        if (n != 4) return 0;
        list(c, request, get32(p));
        return 1;
    case REQUEST * 16 + SEND:
        if (n < 4 || n > 4 + LONGEST_TEXT) return 0;
        pass_on(c, request, p, n);
        return 1;
    case REQUEST * 16 + HELLO:
        if (n == 0 || n > sizeof c->name) return 0;
        memcpy(c->name, p, n);
        c->name_length = n;
        put32(out, c->id);
        say(c, RESPONSE, HELLO, OK, request, out, 4);
        return 1;
    case REQUEST * 16 + HEARTBEAT:
        say(c, RESPONSE, HEARTBEAT, OK, request, NULL, 0);
        return 1;
    case RESPONSE * 16 + DELIVER:
    case RESPONSE * 16 + HEARTBEAT:
        return 1;
    default:
        return 0;
    }
}
static void hear(struct client *c) {
    ssize_t got = recv(c->fd, c->in + c->have, sizeof c->in - c->have, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) {
        c->dead = 1;
        return;
    }
    c->have += (size_t)got;
    size_t at = 0;
    while (!c->dead && c->have - at >= HEADER) {
        size_t n = get32(c->in + at + 12);
        if (!header_is_good(c->in + at)) c->dead = 1;
        if (c->dead || c->have - at < HEADER + n) break;
        if (!handle(c, c->in + at, n)) c->dead = 1;
        at += HEADER + n;
    }
    memmove(c->in, c->in + at, c->have - at);
    c->have -= at;
    if (got == 0) {
        c->ending = 1;
        if (c->waiting == 0) c->dead = 1;
    }
    if (!c->dead) watch(c, EPOLL_CTL_MOD);
}
static void admit(int listener) {
    struct client *c = calloc(1, sizeof *c);
    socklen_t size = sizeof c->from;
    uint8_t hello[4];
    c->fd = accept4(listener, (struct sockaddr *)&c->from, &size, SOCK_NONBLOCK);
    if (c->fd < 0) {
        free(c);
        return;
    }
    c->id = ++last_id;
    /* At the end, so that the list is in order. */
    struct client **end = &clients;
    while (*end != NULL) end = &(*end)->next;
    *end = c;
    watch(c, EPOLL_CTL_ADD);
    put32(hello, c->id);
    say(c, INDICATION, HELLO, OK, 0, hello, 4);
}
/* Only between two rounds: an event of this one may still point to it. */
static void bury(void) {
    for (struct client **at = &clients; *at != NULL;) {
        struct client *c = *at;
        if (!c->dead) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        close(c->fd);
        free(c->out);
        free(c);
    }
}
int main(int argc, char **argv) {
    if (argc < 2) return 2;
    int listener = listen_on(argv[1]);
    struct epoll_event events[64], wish = {.events = EPOLLIN, .data.ptr = NULL};
    epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &wish);
    for (;;) {
        int count = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < count; i++) {
            struct client *c = events[i].data.ptr;
            if (c == NULL) {
                admit(listener);
                continue;
            }
            if (!c->dead && events[i].events & EPOLLOUT) {
                flush(c);
                if (!c->dead) watch(c, EPOLL_CTL_MOD);
            }
            if (!c->dead && !c->ending && events[i].events & EPOLLIN) hear(c);
            if (events[i].events & (EPOLLERR | EPOLLHUP)) c->dead = 1;
        }
        bury();
    }
}
