/* A thread for each client; blocking calls; a lock for the table and one for each client's writing. Usage: PORT */
#include "clp.h"

struct client {
    int fd, holders;
    uint32_t id;
    struct sockaddr_in from;
    uint8_t name[64];
    size_t name_length;
    pthread_mutex_t writing;
};
static struct client *table[CLIENTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t last_id;

static int send_all(int fd, const uint8_t *b, size_t n) {
    while (n > 0) {
        ssize_t sent = send(fd, b, n, MSG_NOSIGNAL);
        if (sent <= 0) return -1;
        b += sent;
        n -= (size_t)sent;
    }
    return 0;
}
static int recv_all(int fd, uint8_t *b, size_t n) {
    while (n > 0) {
        ssize_t got = recv(fd, b, n, 0);
        if (got <= 0) return -1;
        b += got;
        n -= (size_t)got;
    }
    return 0;
}
static void say(struct client *c, int kind, int operation, int status, uint32_t request, const void *payload, size_t n) {
    uint8_t b[LONGEST];
    size_t length = packet(b, kind, operation, status, request, payload, n);
    pthread_mutex_lock(&c->writing);
    send_all(c->fd, b, length);
    pthread_mutex_unlock(&c->writing);
}
static void let_go(struct client *c) {
    pthread_mutex_lock(&lock);
    int last = --c->holders == 0;
    pthread_mutex_unlock(&lock);
    if (!last) return;
    close(c->fd);
    free(c);
}
static struct client *hold(uint32_t id) {
    struct client *found = NULL;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < CLIENTS; i++) if (table[i] != NULL && table[i]->id == id) found = table[i];
    if (found != NULL) found->holders++;
    pthread_mutex_unlock(&lock);
    return found;
}
static void list(struct client *c, uint32_t request, uint32_t after) {
    uint8_t b[LONGEST - HEADER] = {0};
    size_t n = 3;
    unsigned count = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < CLIENTS; i++) {
        struct client *one = table[i];
        if (one == NULL || one->id <= after || n + 87 > sizeof b) continue;
        put32(b + n, one->id);
        put_place(b + n + 4, &one->from);
        b[n + 22] = (uint8_t)one->name_length;
        memcpy(b + n + 23, one->name, one->name_length);
        n += 23 + one->name_length;
        count++;
    }
    pthread_mutex_unlock(&lock);
    put16(b + 1, count);
    say(c, RESPONSE, LIST, OK, request, b, n);
}
static void pass_on(struct client *c, uint32_t request, const uint8_t *p, size_t n) {
    uint8_t b[LONGEST], outcome = FORWARDED;
    struct client *receiver = hold(get32(p));
    if (receiver == NULL) {
        say(c, RESPONSE, ERROR, UNKNOWN_CLIENT, request, "no such client", 14);
        return;
    }
    put32(b, c->id);
    put_place(b + 4, &c->from);
    memcpy(b + 22, p + 4, n - 4);
    say(receiver, INDICATION, DELIVER, OK, request, b, 22 + n - 4);
    let_go(receiver);
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
        pthread_mutex_lock(&lock);
        memcpy(c->name, p, n);
        c->name_length = n;
        pthread_mutex_unlock(&lock);
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
static void *serve(void *argument) {
    struct client *c = argument;
    uint8_t b[LONGEST], hello[4];
    put32(hello, c->id);
    say(c, INDICATION, HELLO, OK, 0, hello, 4);
    for (;;) {
        if (recv_all(c->fd, b, HEADER) != 0) break;
        if (!header_is_good(b)) break;
        size_t n = get32(b + 12);
        if (recv_all(c->fd, b + HEADER, n) != 0) break;
        if (!handle(c, b, n)) break;
    }
    pthread_mutex_lock(&lock);
    for (int i = 0; i < CLIENTS; i++) if (table[i] == c) table[i] = NULL;
    pthread_mutex_unlock(&lock);
    shutdown(c->fd, SHUT_RDWR);
    let_go(c);
    return NULL;
}
int main(int argc, char **argv) {
    if (argc < 2) return 2;
    int listener = listen_on(argv[1]);
    for (;;) {
        struct client *c = calloc(1, sizeof *c);
        socklen_t size = sizeof c->from;
        pthread_t thread;
        int slot = 0;
        c->fd = accept(listener, (struct sockaddr *)&c->from, &size);
        if (c->fd < 0) { free(c); continue; }
        pthread_mutex_init(&c->writing, NULL);
        c->holders = 1;
        pthread_mutex_lock(&lock);
        while (slot < CLIENTS - 1 && table[slot] != NULL) slot++;
        c->id = ++last_id;
        table[slot] = c;
        pthread_mutex_unlock(&lock);
        pthread_create(&thread, NULL, serve, c);
        pthread_detach(thread);
    }
}
