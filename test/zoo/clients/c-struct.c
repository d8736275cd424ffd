/* struct264: one struct of 264 bytes for everything, a menu of digits. Usage: c-struct HOST PORT */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CANCEL = 1, TIME, NAME, LIST, SEND };

struct message {
    long type;
    char data[256];
};

static int fd;
/* Whether a whole packet has come: before the first there may be a greeting, which has neither type nor length. */
static int greeted;

static void lost(const char *why) {
    printf("lost: %s\n", why);
    exit(1);
}

static void read_exactly(char *to, size_t count) {
    for (size_t got = 0; got < count;) {
        ssize_t n = recv(fd, to + got, count - got, 0);
        if (n <= 0) lost(n == 0 ? "the server has closed" : "recv");
        got += (size_t)n;
    }
}

static void receive(struct message *in) {
    read_exactly((char *)&in->type, sizeof in->type);
    for (int skipped = 0; in->type < CANCEL || in->type > SEND; skipped++) {
        if (greeted || skipped == 256) lost("that is no packet");
        memmove(&in->type, (char *)&in->type + 1, sizeof in->type - 1);
        read_exactly((char *)&in->type + sizeof in->type - 1, 1);
    }
    greeted = 1;
    read_exactly(in->data, sizeof in->data);
}

static void ask(long type, struct message *answer) {
    struct message out = {.type = type};
    if (send(fd, &out, sizeof out, MSG_NOSIGNAL) < 0) lost("send");
    for (receive(answer); answer->type != type; receive(answer)) {
        if (answer->type != SEND) lost("an answer to something else");
        printf("message: %.256s\n", answer->data);
    }
}

static void show_list(char *rows) {
    int number, length;
    unsigned port;
    char address[16];
    for (; sscanf(rows, "%d,%u,%15[0-9.];%n", &number, &port, address, &length) == 3; rows += length)
        printf("client %s port %u\n", address, ntohs((unsigned short)port));
}

int main(int argc, char **argv) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argc > 2 ? argv[2] : "2312"))};
    inet_pton(AF_INET, argc > 1 ? argv[1] : "127.0.0.1", &server.sin_addr);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) lost("connect");
    char line[64];
    while (printf("1 time 2 name 3 list 0 quit: "), fgets(line, sizeof line, stdin) != NULL) {
        struct message answer = {0};
        int choice = atoi(line);
        if (choice == 0) break;
        if (choice < 0 || choice > 3) continue;
        ask(choice + 1, &answer);
        answer.data[255] = '\0';
        if (choice == 1) {
            time_t seconds = (time_t)atoll(answer.data);
            char text[16];
            strftime(text, sizeof text, "%H:%M:%S", localtime(&seconds));
            printf("time %s\n", text);
        } else if (choice == 2) {
            printf("name %s\n", answer.data);
        } else {
            show_list(answer.data);
        }
    }
    struct message out = {.type = CANCEL};
    send(fd, &out, sizeof out, MSG_NOSIGNAL);
    close(fd);
    return 0;
}
