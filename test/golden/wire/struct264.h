/* Made from the description of struct264 by chat-lab protocol header. Do not edit. */
#ifndef STRUCT264_PROTOCOL_H
#define STRUCT264_PROTOCOL_H

#include <stdint.h>

#define STRUCT264_PORT 2312
#define STRUCT264_MAX_PACKET 264 /* bytes of a whole packet; refuse longer ones unread */
#define STRUCT264_PACKET_BYTES 264 /* every packet; what is not used is zeros */

enum {
    STRUCT264_TYPE_CANCEL = 1,
    STRUCT264_TYPE_TIME = 2,
    STRUCT264_TYPE_NAME = 3,
    STRUCT264_TYPE_LIST = 4,
    STRUCT264_TYPE_SEND = 5,
};

/* Header: every packet begins with it. Places count from the first byte of the packet. */
#define STRUCT264_HEADER_TYPE_AT 0 /* What it is about: a long, eight bytes on x86-64 Linux. */
static inline int64_t struct264_header_type(const uint8_t *p) { return (int64_t)((uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56); } /* little-endian */
static inline void struct264_header_type_set(uint8_t *p, int64_t v) { p[0] = (uint8_t)((uint64_t)v >> 0); p[1] = (uint8_t)((uint64_t)v >> 8); p[2] = (uint8_t)((uint64_t)v >> 16); p[3] = (uint8_t)((uint64_t)v >> 24); p[4] = (uint8_t)((uint64_t)v >> 32); p[5] = (uint8_t)((uint64_t)v >> 40); p[6] = (uint8_t)((uint64_t)v >> 48); p[7] = (uint8_t)((uint64_t)v >> 56); }

/* hello.indication, said by the server: A greeting that the server may send when a client connects. It has no type in front, and nothing says how long it is. */
#define STRUCT264_HELLO_INDICATION_TEXT_AT 0 /* A greeting. */
#define STRUCT264_HELLO_INDICATION_TEXT_MAX 256

/* time.request, said by the client: What time is it at the server? */
#define STRUCT264_TIME_REQUEST_TYPE 2

/* time.response, said by the server: The server's clock. */
#define STRUCT264_TIME_RESPONSE_TYPE 2
#define STRUCT264_TIME_RESPONSE_TIME_AT 8 /* Seconds since 1970-01-01 00:00:00 UTC. */
#define STRUCT264_TIME_RESPONSE_TIME_BYTES 256

/* name.request, said by the client: What is the server's host called? */
#define STRUCT264_NAME_REQUEST_TYPE 3

/* name.response, said by the server: The server's host name. */
#define STRUCT264_NAME_RESPONSE_TYPE 3
#define STRUCT264_NAME_RESPONSE_NAME_AT 8 /* The host name. */
#define STRUCT264_NAME_RESPONSE_NAME_BYTES 256

/* list.request, said by the client: Who is connected? */
#define STRUCT264_LIST_REQUEST_TYPE 4

/* list.response, said by the server: All connected clients. What does not fit 256 bytes is not told. */
#define STRUCT264_LIST_RESPONSE_TYPE 4
#define STRUCT264_LIST_RESPONSE_DATA_AT 8
#define STRUCT264_LIST_RESPONSE_DATA_BYTES 256
#define STRUCT264_LIST_RESPONSE_DATA_CLIENTS_AT 8 /* One entry for each client. */
/* One entry of clients; places count from its first byte. */
#define STRUCT264_LIST_RESPONSE_DATA_CLIENTS_ENTRY_ID_AT 0 /* The number of its socket at the server, used again for the next client. */
/* port follows at no fixed place: The 16 bits of its port as they lie in memory in network order, printed by a machine of the other order. */
/* address follows at no fixed place: Its address. */

/* send.request, said by the client: A text for the client at an address and port. */
#define STRUCT264_SEND_REQUEST_TYPE 5
#define STRUCT264_SEND_REQUEST_DATA_AT 8
#define STRUCT264_SEND_REQUEST_DATA_BYTES 256
#define STRUCT264_SEND_REQUEST_DATA_TO_ADDRESS_AT 8 /* The receiver's address. */
/* toPort follows at no fixed place: The receiver's port, as the list gives it. */
/* text follows at no fixed place: The text. */

/* deliver.indication, said by the server: A text from another client; it does not say from whom. */
#define STRUCT264_DELIVER_INDICATION_TYPE 5
#define STRUCT264_DELIVER_INDICATION_TEXT_AT 8 /* The text. */
#define STRUCT264_DELIVER_INDICATION_TEXT_BYTES 256

/* error.response, said by the server: Nobody has this address and port. */
#define STRUCT264_ERROR_RESPONSE_TYPE 5
#define STRUCT264_ERROR_RESPONSE_TEXT_AT 8 /* Always the same words. */
#define STRUCT264_ERROR_RESPONSE_TEXT_BYTES 256

/* bye.indication, said by the client: The client leaves. */
#define STRUCT264_BYE_INDICATION_TYPE 1

#endif
