/* Made from the description of tlv by chat-lab protocol header. Do not edit. */
#ifndef TLV_PROTOCOL_H
#define TLV_PROTOCOL_H

#include <stdint.h>

#define TLV_PORT 8264
#define TLV_MAX_PACKET 8192 /* bytes of a whole packet; refuse longer ones unread */
#define TLV_HEADER_BYTES 6
/* A packet has the value of its field length plus 4 bytes, header included. */
#define TLV_LENGTH_PLUS (4)

enum {
    TLV_CODE_WELCOME = 1,
    TLV_CODE_LOGIN = 2,
    TLV_CODE_LOGGED_IN = 3,
    TLV_CODE_TIME = 4,
    TLV_CODE_TIME_IS = 5,
    TLV_CODE_NAME = 6,
    TLV_CODE_NAME_IS = 7,
    TLV_CODE_LIST = 8,
    TLV_CODE_CLIENTS = 9,
    TLV_CODE_SEND = 10,
    TLV_CODE_SENT = 11,
    TLV_CODE_INCOMING = 12,
    TLV_CODE_RECEIVED = 13,
    TLV_CODE_PING = 14,
    TLV_CODE_PONG = 15,
    TLV_CODE_BYE = 16,
    TLV_CODE_FAILED = 17,
    TLV_CODE_BROKEN = 18,
};

enum {
    TLV_STATUS_OK = 0,
    TLV_STATUS_BAD_PACKET = 1,
    TLV_STATUS_UNKNOWN_OPERATION = 2,
    TLV_STATUS_UNKNOWN_CLIENT = 3,
    TLV_STATUS_RECEIVER_GONE = 4,
    TLV_STATUS_RECEIVER_SLOW = 5,
    TLV_STATUS_TEXT_TOO_LONG = 6,
    TLV_STATUS_NAME_TAKEN = 7,
    TLV_STATUS_BAD_NAME = 8,
    TLV_STATUS_TOO_MANY_CLIENTS = 9,
    TLV_STATUS_TOO_MANY_REQUESTS = 10,
    TLV_STATUS_TOO_SLOW = 11,
    TLV_STATUS_IDLE = 12,
    TLV_STATUS_SHUTTING_DOWN = 13,
    TLV_STATUS_REFUSED = 14,
    TLV_STATUS_INTERNAL = 15,
};

enum {
    TLV_OUTCOME_DELIVERED = 1,
    TLV_OUTCOME_FORWARDED = 2,
};

/* Header: every packet begins with it. Places count from the first byte of the packet. */
#define TLV_HEADER_LENGTH_AT 0 /* Bytes of the items, plus 2. */
static inline uint16_t tlv_header_length(const uint8_t *p) { return (uint16_t)((uint64_t)p[1] | (uint64_t)p[0] << 8); } /* big-endian */
static inline void tlv_header_length_set(uint8_t *p, uint16_t v) { p[1] = (uint8_t)((uint64_t)v >> 0); p[0] = (uint8_t)((uint64_t)v >> 8); }
#define TLV_HEADER_CODE_AT 2 /* Which packet it is. */
static inline uint16_t tlv_header_code(const uint8_t *p) { return (uint16_t)((uint64_t)p[3] | (uint64_t)p[2] << 8); } /* big-endian */
static inline void tlv_header_code_set(uint8_t *p, uint16_t v) { p[3] = (uint8_t)((uint64_t)v >> 0); p[2] = (uint8_t)((uint64_t)v >> 8); }
#define TLV_HEADER_REQUEST_AT 4 /* Chosen by whoever asks. */
static inline uint16_t tlv_header_request(const uint8_t *p) { return (uint16_t)((uint64_t)p[5] | (uint64_t)p[4] << 8); } /* big-endian */
static inline void tlv_header_request_set(uint8_t *p, uint16_t v) { p[5] = (uint8_t)((uint64_t)v >> 0); p[4] = (uint8_t)((uint64_t)v >> 8); }

/* hello.indication, said by the server: The greeting. */
#define TLV_HELLO_INDICATION_CODE 1
#define TLV_HELLO_INDICATION_ITEMS_AT 6
#define TLV_HELLO_INDICATION_ITEMS_ID_TAG 1
#define TLV_HELLO_INDICATION_ITEMS_TEXT_TAG 2

/* hello.request, said by the client: A client gives itself a name. */
#define TLV_HELLO_REQUEST_CODE 2
#define TLV_HELLO_REQUEST_ITEMS_AT 6
#define TLV_HELLO_REQUEST_ITEMS_NAME_TAG 3

/* hello.response, said by the server: The name is taken into the list. */
#define TLV_HELLO_RESPONSE_CODE 3

/* time.request, said by the client: What time is it? */
#define TLV_TIME_REQUEST_CODE 4

/* time.response, said by the server: The server's clock. */
#define TLV_TIME_RESPONSE_CODE 5
#define TLV_TIME_RESPONSE_ITEMS_AT 6
#define TLV_TIME_RESPONSE_ITEMS_TIME_TAG 4

/* name.request, said by the client: What is the host called? */
#define TLV_NAME_REQUEST_CODE 6

/* name.response, said by the server: The host name. */
#define TLV_NAME_RESPONSE_CODE 7
#define TLV_NAME_RESPONSE_ITEMS_AT 6
#define TLV_NAME_RESPONSE_ITEMS_NAME_TAG 3

/* list.request, said by the client: Who is connected? */
#define TLV_LIST_REQUEST_CODE 8
#define TLV_LIST_REQUEST_ITEMS_AT 6
#define TLV_LIST_REQUEST_ITEMS_AFTER_TAG 5

/* list.response, said by the server: Connected clients. */
#define TLV_LIST_RESPONSE_CODE 9
#define TLV_LIST_RESPONSE_ITEMS_AT 6
#define TLV_LIST_RESPONSE_ITEMS_MORE_TAG 6
#define TLV_LIST_RESPONSE_ITEMS_CLIENTS_TAG 7

/* send.request, said by the client: A text for another client. */
#define TLV_SEND_REQUEST_CODE 10
#define TLV_SEND_REQUEST_ITEMS_AT 6
#define TLV_SEND_REQUEST_ITEMS_TO_TAG 1
#define TLV_SEND_REQUEST_ITEMS_TEXT_TAG 2

/* send.response, said by the server: What became of it. */
#define TLV_SEND_RESPONSE_CODE 11
#define TLV_SEND_RESPONSE_ITEMS_AT 6
#define TLV_SEND_RESPONSE_ITEMS_OUTCOME_TAG 8

/* deliver.indication, said by the server: A text from another client. */
#define TLV_DELIVER_INDICATION_CODE 12
#define TLV_DELIVER_INDICATION_ITEMS_AT 6
#define TLV_DELIVER_INDICATION_ITEMS_FROM_TAG 1
#define TLV_DELIVER_INDICATION_ITEMS_FROM_ADDRESS_TAG 9
#define TLV_DELIVER_INDICATION_ITEMS_FROM_PORT_TAG 10
#define TLV_DELIVER_INDICATION_ITEMS_TEXT_TAG 2

/* deliver.response, said by the client: It has arrived. */
#define TLV_DELIVER_RESPONSE_CODE 13

/* heartbeat.request, said by the client and the server: Are you there? */
#define TLV_HEARTBEAT_REQUEST_CODE 14

/* heartbeat.response, said by the client and the server: I am. */
#define TLV_HEARTBEAT_RESPONSE_CODE 15

/* bye.indication, said by the client and the server: The last packet. */
#define TLV_BYE_INDICATION_CODE 16
#define TLV_BYE_INDICATION_ITEMS_AT 6
#define TLV_BYE_INDICATION_ITEMS_STATUS_TAG 11
#define TLV_BYE_INDICATION_ITEMS_TEXT_TAG 2

/* error.response, said by the server: The request failed. */
#define TLV_ERROR_RESPONSE_CODE 17
#define TLV_ERROR_RESPONSE_ITEMS_AT 6
#define TLV_ERROR_RESPONSE_ITEMS_STATUS_TAG 11
#define TLV_ERROR_RESPONSE_ITEMS_TEXT_TAG 2

/* error.indication, said by the server: What came was no packet. */
#define TLV_ERROR_INDICATION_CODE 18
#define TLV_ERROR_INDICATION_ITEMS_AT 6
#define TLV_ERROR_INDICATION_ITEMS_STATUS_TAG 11
#define TLV_ERROR_INDICATION_ITEMS_TEXT_TAG 2

#endif
