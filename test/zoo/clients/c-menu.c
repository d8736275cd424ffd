/* A menu in Chinese, blocking calls. Usage: c-menu HOST PORT */
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 16, LONGEST = 16384, TIME = 2, NAME = 3, LIST = 4, RESPONSE = 2 };

static int fd;
static unsigned char body[LONGEST + 1];

static void lost(const char *why) {
    printf("连接已断开：%s\n", why);
    exit(1);
}

static uint32_t get32(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(unsigned char *p, uint32_t v) {
    v = htonl(v);
    memcpy(p, &v, 4);
}

static void recv_all(unsigned char *to, size_t n) {
    while (n > 0) {
        ssize_t got = recv(fd, to, n, 0);
        if (got <= 0) lost("服务器关闭");
        to += got;
        n -= (size_t)got;
    }
}

/* The length of the answer's payload, which is in body. */
static uint32_t ask(int operation, uint32_t request, uint32_t payload) {
    unsigned char b[HEADER + 4] = {'C', 'L', 1, 1, (unsigned char)operation};
    put32(b + 8, request);
    put32(b + 12, payload);
    if (send(fd, b, HEADER + payload, 0) < 0) lost("send");
    for (;;) {
        recv_all(b, HEADER);
        uint32_t length = get32(b + 12);
        if (b[0] != 'C' || b[1] != 'L' || length > LONGEST - HEADER) lost("不是分组");
        recv_all(body, length);
        if (b[3] == RESPONSE && get32(b + 8) == request) return length;
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
    inet_pton(AF_INET, argv[1], &there.sin_addr);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&there, sizeof there) != 0) lost("connect");
    char line[64];
    for (uint32_t request = 1;; request++) {
        printf("[t] 时间  [n] 名称  [l] 列表  [q] 退出: ");
        if (fgets(line, sizeof line, stdin) == NULL || line[0] == 'q') break;
        if (line[0] == 't') {
            ask(TIME, request, 0);
            time_t seconds = (time_t)(((uint64_t)get32(body) << 32 | get32(body + 4)) / 1000);
            char text[32];
            strftime(text, sizeof text, "%H:%M:%S", localtime(&seconds));
            printf("服务器时间 %s\n", text);
        } else if (line[0] == 'n') {
            uint32_t n = ask(NAME, request, 0);
            printf("主机名 %.*s\n", (int)n, (char *)body);
        } else if (line[0] == 'l') {
            ask(LIST, request, 4);
            unsigned char *p = body + 3;
            for (unsigned count = (unsigned)body[1] << 8 | body[2]; count > 0; count--) {
                printf("编号 %u 端口 %u 名字 %.*s\n", get32(p), (unsigned)p[20] << 8 | p[21], (int)p[22], (char *)p + 23);
                p += 23 + p[22];
            }
        }
    }
    close(fd);
    return 0;
}
