/*
 * A client of clp in C, on top of the generated header. Arguments: port. Connects, asks for time, name and list, sends a
 * text to itself, answers it, and prints what it heard, one line each.
 */
#define _POSIX_C_SOURCE 200809L
#include "clp.h"
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

static void header(uint8_t *p, int kind, int operation, uint32_t request, uint32_t payload) {
    memset(p, 0, CLP_HEADER_BYTES);
    clp_header_magic_set(p, 0x434c);
    clp_header_version_set(p, 1);
    clp_header_kind_set(p, (uint8_t)kind);
    clp_header_operation_set(p, (uint8_t)operation);
    clp_header_request_set(p, request);
    clp_header_length_set(p, payload);
}

static void put(const uint8_t *p, size_t n) {
    for (size_t done = 0; done < n;) {
        ssize_t sent = send(fd, p + done, n - done, 0);
        if (sent <= 0) die("send");
        done += (size_t)sent;
    }
}

static void take(uint8_t *p, size_t n) {
    for (size_t have = 0; have < n;) {
        ssize_t got = recv(fd, p + have, n - have, 0);
        if (got <= 0) die("the server closed");
        have += (size_t)got;
    }
}

/* The next packet; its whole length. */
static size_t packet(uint8_t *p) {
    take(p, CLP_HEADER_BYTES);
    size_t n = (size_t)clp_header_length(p) + CLP_LENGTH_PLUS;
    if (clp_header_magic(p) != 0x434c || n > CLP_MAX_PACKET) die("not a clp packet");
    take(p + CLP_HEADER_BYTES, n - CLP_HEADER_BYTES);
    return n;
}

static void text(const char *what, const uint8_t *p, size_t from, size_t n) {
    printf("%s %.*s\n", what, (int)(n - from), (const char *)p + from);
}

int main(int argc, char **argv) {
    static uint8_t p[CLP_MAX_PACKET];
    static const char hello[] = "hello from C";
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uint32_t id = 0;
    to.sin_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : "0"));
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
    for (int waiting = 5; waiting > 0;) {
        size_t n = packet(p);
        switch (clp_header_kind(p) * 16 + clp_header_operation(p)) {
        case CLP_KIND_INDICATION * 16 + CLP_OPERATION_HELLO: /* our number: now ask all at once */
            id = clp_hello_indication_id(p);
            text("hello", p, CLP_HELLO_INDICATION_TEXT_AT, n);
            header(p, CLP_KIND_REQUEST, CLP_OPERATION_TIME, 1, 0);
            put(p, CLP_HEADER_BYTES);
            header(p, CLP_KIND_REQUEST, CLP_OPERATION_NAME, 2, 0);
            put(p, CLP_HEADER_BYTES);
            header(p, CLP_KIND_REQUEST, CLP_OPERATION_LIST, 3, 4);
            clp_list_request_after_set(p, 0);
            put(p, CLP_HEADER_BYTES + 4);
            header(p, CLP_KIND_REQUEST, CLP_OPERATION_SEND, 4, 4 + sizeof hello - 1);
            clp_send_request_to_set(p, id);
            memcpy(p + CLP_SEND_REQUEST_TEXT_AT, hello, sizeof hello - 1);
            put(p, CLP_SEND_REQUEST_TEXT_AT + sizeof hello - 1);
            break;
        case CLP_KIND_RESPONSE * 16 + CLP_OPERATION_TIME:
            printf("time %s\n", clp_time_response_time(p) > 1600000000000u ? "is plausible" : "is wrong");
            waiting--;
            break;
        case CLP_KIND_RESPONSE * 16 + CLP_OPERATION_NAME:
            text("name", p, CLP_NAME_RESPONSE_NAME_AT, n);
            waiting--;
            break;
        case CLP_KIND_RESPONSE * 16 + CLP_OPERATION_LIST: {
            const uint8_t *entry = p + CLP_LIST_RESPONSE_CLIENTS_AT + 2; /* behind the count */
            int own = clp_list_response_clients_entry_id(entry) == id;
            printf("list %d, first %s\n", p[CLP_LIST_RESPONSE_CLIENTS_AT + 1], own ? "is us" : "is another");
            waiting--;
            break;
        }
        case CLP_KIND_INDICATION * 16 + CLP_OPERATION_DELIVER: {
            uint32_t number = clp_header_request(p);
            text("text", p, CLP_DELIVER_INDICATION_TEXT_AT, n);
            header(p, CLP_KIND_RESPONSE, CLP_OPERATION_DELIVER, number, 0);
            put(p, CLP_HEADER_BYTES);
            waiting--;
            break;
        }
        case CLP_KIND_RESPONSE * 16 + CLP_OPERATION_SEND:
            printf("sent %s\n", clp_send_response_outcome(p) == CLP_OUTCOME_DELIVERED ? "delivered" : "forwarded");
            waiting--;
            break;
        default:
            die("unexpected packet");
        }
    }
    close(fd);
    return 0;
}
