/* struct264: a C struct as it lies in memory (x86-64, little-endian); a thread for each client. Usage: PORT */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CANCEL = 1, TIME, NAME, LIST, SEND };
enum { CLIENTS = 256 };
struct message {
    long type;
    char data[256];
};
static struct client {
    int fd;
    struct sockaddr_in from;
} table[CLIENTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* One for each slot, so that two senders to one receiver do not mix their packets. */
static pthread_mutex_t writing[CLIENTS];

static int recv_all(int fd, void *to, size_t n) {
    char *b = to;
    while (n > 0) {
        ssize_t got = recv(fd, b, n, 0);
        if (got <= 0) return -1;
        b += got;
        n -= (size_t)got;
    }
    return 0;
}
static void say(int slot, int fd, const struct message *m) {
    const char *b = (const char *)m;
    size_t n = sizeof *m;
    pthread_mutex_lock(&writing[slot]);
    while (n > 0) {
        ssize_t sent = send(fd, b, n, MSG_NOSIGNAL);
        if (sent <= 0) break;
        b += sent;
        n -= (size_t)sent;
    }
    pthread_mutex_unlock(&writing[slot]);
}
static void list(struct message *m) {
    size_t n = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < CLIENTS; i++) {
        char row[64];
        if (table[i].fd == 0) continue;
        /* The port as it lies in memory: that is this protocol's way. */
        int length = snprintf(row, sizeof row, "%d,%u,%s;", table[i].fd, table[i].from.sin_port, inet_ntoa(table[i].from.sin_addr));
        if (n + (size_t)length > sizeof m->data) break;
        memcpy(m->data + n, row, (size_t)length);
        n += (size_t)length;
    }
    pthread_mutex_unlock(&lock);
}
static void pass_on(int slot, const struct message *asked) {
    char words[257] = "";
    struct message m = {.type = SEND};
    int receiver = -1, fd = -1;
    memcpy(words, asked->data, 256);
    char *port = strchr(words, ','), *body = port == NULL ? NULL : strchr(port + 1, ',');
    if (body == NULL) return;
    *port++ = *body++ = '\0';
    pthread_mutex_lock(&lock);
    for (int i = 0; i < CLIENTS; i++)
        if (table[i].fd != 0 && table[i].from.sin_port == atoi(port) && table[i].from.sin_addr.s_addr == inet_addr(words)) receiver = i;
    if (receiver >= 0) fd = dup(table[receiver].fd);
    pthread_mutex_unlock(&lock);
    if (receiver < 0) {
        strcpy(m.data, "no this port");
        say(slot, table[slot].fd, &m);
        return;
    }
    memcpy(m.data, body, strlen(body));
    say(receiver, fd, &m);
    close(fd);
}
static void *serve(void *argument) {
    int slot = (int)(long)argument, fd = table[slot].fd;
    struct message m;
    while (recv_all(fd, &m, sizeof m) == 0) {
        struct message answer = {.type = m.type};
        if (m.type == TIME) sprintf(answer.data, "%ld", (long)time(NULL));
        else if (m.type == NAME) gethostname(answer.data, sizeof answer.data - 1);
        else if (m.type == LIST) list(&answer);
        else if (m.type == SEND) {
            pass_on(slot, &m);
            continue;
        } else break;
        say(slot, fd, &answer);
    }
    pthread_mutex_lock(&lock);
    table[slot].fd = 0;
    pthread_mutex_unlock(&lock);
    shutdown(fd, SHUT_RDWR);
    close(fd);
    return NULL;
}
int main(int argc, char **argv) {
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    if (argc < 2) return 2;
    self.sin_port = htons((unsigned short)atoi(argv[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&self, sizeof self) != 0 || listen(listener, 128) != 0) {
        perror("listen");
        return 1;
    }
    for (int i = 0; i < CLIENTS; i++) pthread_mutex_init(&writing[i], NULL);
    for (;;) {
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        pthread_t thread;
        int slot = 0, fd = accept(listener, (struct sockaddr *)&from, &size);
        if (fd < 0) continue;
        pthread_mutex_lock(&lock);
        while (slot < CLIENTS - 1 && table[slot].fd != 0) slot++;
        table[slot].from = from;
        table[slot].fd = fd;
        pthread_mutex_unlock(&lock);
        pthread_create(&thread, NULL, serve, (void *)(long)slot);
        pthread_detach(thread);
    }
}
