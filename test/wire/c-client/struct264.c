/*
 * A client of struct264 in C, on top of the generated header. Arguments: port. The server may greet before its first
 * packet, with nothing that says how long: whatever stands in front of the first type is skipped.
 */
#define _POSIX_C_SOURCE 200809L
#include "struct264.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd;

static void die(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static void put(int64_t type, const char *data) {
    uint8_t p[STRUCT264_PACKET_BYTES] = {0};
    struct264_header_type_set(p, type);
    snprintf((char *)p + 8, sizeof p - 8, "%s", data);
    if (send(fd, p, sizeof p, 0) != sizeof p) die("send");
}

static void take(uint8_t *p, size_t n) {
    for (size_t have = 0; have < n;) {
        ssize_t got = recv(fd, p + have, n - have, 0);
        if (got <= 0) die("the server closed");
        have += (size_t)got;
    }
}

/* The answer to a request of this type; behind it p + 8 is text. */
static const char *answer(uint8_t *p, int64_t type, int may_greet) {
    take(p, 8);
    for (int skipped = 0; struct264_header_type(p) != type; skipped++) {
        if (!may_greet || skipped == 256) die("another type");
        memmove(p, p + 1, 7);
        take(p + 7, 1);
    }
    take(p + 8, STRUCT264_PACKET_BYTES - 8);
    p[STRUCT264_PACKET_BYTES] = 0; /* a text that fills its 256 bytes has no NUL */
    return (const char *)p + 8;
}

int main(int argc, char **argv) {
    static uint8_t p[STRUCT264_PACKET_BYTES + 1];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char port[16], address[64], data[160];
    to.sin_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : "0"));
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
    put(STRUCT264_TYPE_TIME, "");
    printf("time %s\n", atoll(answer(p, STRUCT264_TYPE_TIME, 1)) > 1600000000 ? "is plausible" : "is wrong");
    put(STRUCT264_TYPE_NAME, "");
    printf("name %s\n", answer(p, STRUCT264_TYPE_NAME, 0));
    put(STRUCT264_TYPE_LIST, "");
    if (sscanf(answer(p, STRUCT264_TYPE_LIST, 0), "%*[^,],%15[^,],%63[^;];", port, address) != 2) die("no list");
    printf("list %s\n", address);
    snprintf(data, sizeof data, "%s,%s,hello from C", address, port);
    put(STRUCT264_TYPE_SEND, data);
    printf("text %s\n", answer(p, STRUCT264_TYPE_SEND, 0));
    put(STRUCT264_TYPE_SEND, "10.9.9.9,1,nobody");
    printf("error %s\n", answer(p, STRUCT264_TYPE_SEND, 0));
    put(STRUCT264_TYPE_CANCEL, "");
    close(fd);
    return 0;
}
