/* Made from the description of aligned by chat-lab protocol header. Do not edit. */
#ifndef ALIGNED_PROTOCOL_H
#define ALIGNED_PROTOCOL_H

#include <stdint.h>

#define ALIGNED_PORT 7264
#define ALIGNED_MAX_PACKET 8192 /* bytes of a whole packet; refuse longer ones unread */
#define ALIGNED_HEADER_BYTES 12
/* A packet has the value of its field length plus 0 bytes, header included. */
#define ALIGNED_LENGTH_PLUS (0)

enum {
    ALIGNED_TYPE_HELLO = 1,
    ALIGNED_TYPE_TIME = 2,
    ALIGNED_TYPE_NAME = 3,
    ALIGNED_TYPE_LIST = 4,
    ALIGNED_TYPE_SEND = 5,
    ALIGNED_TYPE_DELIVER = 6,
    ALIGNED_TYPE_PING = 7,
    ALIGNED_TYPE_BYE = 8,
    ALIGNED_TYPE_ERROR = 9,
};

enum {
    ALIGNED_KIND_REQUEST = 0,
    ALIGNED_KIND_ANSWER = 1,
    ALIGNED_KIND_EVENT = 2,
};

enum {
    ALIGNED_STATUS_OK = 0,
    ALIGNED_STATUS_BAD_PACKET = 100,
    ALIGNED_STATUS_UNKNOWN_OPERATION = 101,
    ALIGNED_STATUS_UNKNOWN_CLIENT = 200,
    ALIGNED_STATUS_RECEIVER_GONE = 201,
    ALIGNED_STATUS_RECEIVER_SLOW = 202,
    ALIGNED_STATUS_TOO_MANY_CLIENTS = 300,
    ALIGNED_STATUS_TOO_MANY_REQUESTS = 301,
    ALIGNED_STATUS_TOO_SLOW = 302,
    ALIGNED_STATUS_IDLE = 303,
    ALIGNED_STATUS_SHUTTING_DOWN = 400,
    ALIGNED_STATUS_REFUSED = 500,
    ALIGNED_STATUS_INTERNAL = 501,
};

enum {
    ALIGNED_OUTCOME_DELIVERED = 0,
    ALIGNED_OUTCOME_FORWARDED = 1,
};

/* Header: every packet begins with it. Places count from the first byte of the packet. */
#define ALIGNED_HEADER_TYPE_AT 0 /* What it is about. */
static inline uint8_t aligned_header_type(const uint8_t *p) { return (uint8_t)((uint64_t)p[0]); }
static inline void aligned_header_type_set(uint8_t *p, uint8_t v) { p[0] = (uint8_t)((uint64_t)v >> 0); }
#define ALIGNED_HEADER_KIND_AT 1 /* Request, answer, or said unasked. */
static inline uint8_t aligned_header_kind(const uint8_t *p) { return (uint8_t)((uint64_t)p[1]); }
static inline void aligned_header_kind_set(uint8_t *p, uint8_t v) { p[1] = (uint8_t)((uint64_t)v >> 0); }
#define ALIGNED_HEADER_LENGTH_AT 4 /* Bytes of the whole packet, this header included. */
static inline uint32_t aligned_header_length(const uint8_t *p) { return (uint32_t)((uint64_t)p[4] | (uint64_t)p[5] << 8 | (uint64_t)p[6] << 16 | (uint64_t)p[7] << 24); } /* little-endian */
static inline void aligned_header_length_set(uint8_t *p, uint32_t v) { p[4] = (uint8_t)((uint64_t)v >> 0); p[5] = (uint8_t)((uint64_t)v >> 8); p[6] = (uint8_t)((uint64_t)v >> 16); p[7] = (uint8_t)((uint64_t)v >> 24); }
#define ALIGNED_HEADER_REQUEST_AT 8 /* Chosen by whoever asks. */
static inline uint32_t aligned_header_request(const uint8_t *p) { return (uint32_t)((uint64_t)p[8] | (uint64_t)p[9] << 8 | (uint64_t)p[10] << 16 | (uint64_t)p[11] << 24); } /* little-endian */
static inline void aligned_header_request_set(uint8_t *p, uint32_t v) { p[8] = (uint8_t)((uint64_t)v >> 0); p[9] = (uint8_t)((uint64_t)v >> 8); p[10] = (uint8_t)((uint64_t)v >> 16); p[11] = (uint8_t)((uint64_t)v >> 24); }

/* hello.indication, said by the server: The greeting. */
#define ALIGNED_HELLO_INDICATION_TYPE 1
#define ALIGNED_HELLO_INDICATION_KIND 2
#define ALIGNED_HELLO_INDICATION_ID_AT 12
static inline uint32_t aligned_hello_indication_id(const uint8_t *p) { return (uint32_t)((uint64_t)p[12] | (uint64_t)p[13] << 8 | (uint64_t)p[14] << 16 | (uint64_t)p[15] << 24); } /* little-endian */
static inline void aligned_hello_indication_id_set(uint8_t *p, uint32_t v) { p[12] = (uint8_t)((uint64_t)v >> 0); p[13] = (uint8_t)((uint64_t)v >> 8); p[14] = (uint8_t)((uint64_t)v >> 16); p[15] = (uint8_t)((uint64_t)v >> 24); }
#define ALIGNED_HELLO_INDICATION_TEXT_AT 16
#define ALIGNED_HELLO_INDICATION_TEXT_BYTES 64

/* time.request, said by the client: What time is it? */
#define ALIGNED_TIME_REQUEST_TYPE 2
#define ALIGNED_TIME_REQUEST_KIND 0

/* time.response, said by the server: A time_t behind four bytes that align it. */
#define ALIGNED_TIME_RESPONSE_TYPE 2
#define ALIGNED_TIME_RESPONSE_KIND 1
#define ALIGNED_TIME_RESPONSE_TIME_AT 16
static inline int64_t aligned_time_response_time(const uint8_t *p) { return (int64_t)((uint64_t)p[16] | (uint64_t)p[17] << 8 | (uint64_t)p[18] << 16 | (uint64_t)p[19] << 24 | (uint64_t)p[20] << 32 | (uint64_t)p[21] << 40 | (uint64_t)p[22] << 48 | (uint64_t)p[23] << 56); } /* little-endian */
static inline void aligned_time_response_time_set(uint8_t *p, int64_t v) { p[16] = (uint8_t)((uint64_t)v >> 0); p[17] = (uint8_t)((uint64_t)v >> 8); p[18] = (uint8_t)((uint64_t)v >> 16); p[19] = (uint8_t)((uint64_t)v >> 24); p[20] = (uint8_t)((uint64_t)v >> 32); p[21] = (uint8_t)((uint64_t)v >> 40); p[22] = (uint8_t)((uint64_t)v >> 48); p[23] = (uint8_t)((uint64_t)v >> 56); }

/* name.request, said by the client: What is the host called? */
#define ALIGNED_NAME_REQUEST_TYPE 3
#define ALIGNED_NAME_REQUEST_KIND 0

/* name.response, said by the server: The host name in a char array. */
#define ALIGNED_NAME_RESPONSE_TYPE 3
#define ALIGNED_NAME_RESPONSE_KIND 1
#define ALIGNED_NAME_RESPONSE_NAME_AT 12
#define ALIGNED_NAME_RESPONSE_NAME_BYTES 64

/* list.request, said by the client: Who is connected? */
#define ALIGNED_LIST_REQUEST_TYPE 4
#define ALIGNED_LIST_REQUEST_KIND 0

/* list.response, said by the server: A count, then an array of structs. */
#define ALIGNED_LIST_RESPONSE_TYPE 4
#define ALIGNED_LIST_RESPONSE_KIND 1
#define ALIGNED_LIST_RESPONSE_CLIENTS_AT 12
/* One entry of clients; places count from its first byte. */
#define ALIGNED_LIST_RESPONSE_CLIENTS_ENTRY_ID_AT 0
static inline uint32_t aligned_list_response_clients_entry_id(const uint8_t *p) { return (uint32_t)((uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24); } /* little-endian */
static inline void aligned_list_response_clients_entry_id_set(uint8_t *p, uint32_t v) { p[0] = (uint8_t)((uint64_t)v >> 0); p[1] = (uint8_t)((uint64_t)v >> 8); p[2] = (uint8_t)((uint64_t)v >> 16); p[3] = (uint8_t)((uint64_t)v >> 24); }
#define ALIGNED_LIST_RESPONSE_CLIENTS_ENTRY_ADDRESS_AT 4 /* In network order, as inet_pton leaves it. */
#define ALIGNED_LIST_RESPONSE_CLIENTS_ENTRY_ADDRESS_BYTES 4
#define ALIGNED_LIST_RESPONSE_CLIENTS_ENTRY_PORT_AT 8 /* In network order, as htons leaves it. */
static inline uint16_t aligned_list_response_clients_entry_port(const uint8_t *p) { return (uint16_t)((uint64_t)p[9] | (uint64_t)p[8] << 8); } /* big-endian */
static inline void aligned_list_response_clients_entry_port_set(uint8_t *p, uint16_t v) { p[9] = (uint8_t)((uint64_t)v >> 0); p[8] = (uint8_t)((uint64_t)v >> 8); }
#define ALIGNED_LIST_RESPONSE_CLIENTS_ENTRY_NAME_AT 12
#define ALIGNED_LIST_RESPONSE_CLIENTS_ENTRY_NAME_BYTES 20
#define ALIGNED_LIST_RESPONSE_CLIENTS_ENTRY_BYTES 32

/* send.request, said by the client: A text for another client. */
#define ALIGNED_SEND_REQUEST_TYPE 5
#define ALIGNED_SEND_REQUEST_KIND 0
#define ALIGNED_SEND_REQUEST_TO_AT 12
static inline uint32_t aligned_send_request_to(const uint8_t *p) { return (uint32_t)((uint64_t)p[12] | (uint64_t)p[13] << 8 | (uint64_t)p[14] << 16 | (uint64_t)p[15] << 24); } /* little-endian */
static inline void aligned_send_request_to_set(uint8_t *p, uint32_t v) { p[12] = (uint8_t)((uint64_t)v >> 0); p[13] = (uint8_t)((uint64_t)v >> 8); p[14] = (uint8_t)((uint64_t)v >> 16); p[15] = (uint8_t)((uint64_t)v >> 24); }
#define ALIGNED_SEND_REQUEST_TEXT_AT 16
#define ALIGNED_SEND_REQUEST_TEXT_MAX 4096

/* send.response, said by the server: What became of the text. */
#define ALIGNED_SEND_RESPONSE_TYPE 5
#define ALIGNED_SEND_RESPONSE_KIND 1
#define ALIGNED_SEND_RESPONSE_OUTCOME_AT 12
static inline int32_t aligned_send_response_outcome(const uint8_t *p) { return (int32_t)((int64_t)(((uint64_t)p[12] | (uint64_t)p[13] << 8 | (uint64_t)p[14] << 16 | (uint64_t)p[15] << 24) ^ 2147483648u) - 2147483648); } /* little-endian */
static inline void aligned_send_response_outcome_set(uint8_t *p, int32_t v) { p[12] = (uint8_t)((uint64_t)v >> 0); p[13] = (uint8_t)((uint64_t)v >> 8); p[14] = (uint8_t)((uint64_t)v >> 16); p[15] = (uint8_t)((uint64_t)v >> 24); }

/* deliver.indication, said by the server: A text from another client. */
#define ALIGNED_DELIVER_INDICATION_TYPE 6
#define ALIGNED_DELIVER_INDICATION_KIND 2
#define ALIGNED_DELIVER_INDICATION_FROM_AT 12
static inline uint32_t aligned_deliver_indication_from(const uint8_t *p) { return (uint32_t)((uint64_t)p[12] | (uint64_t)p[13] << 8 | (uint64_t)p[14] << 16 | (uint64_t)p[15] << 24); } /* little-endian */
static inline void aligned_deliver_indication_from_set(uint8_t *p, uint32_t v) { p[12] = (uint8_t)((uint64_t)v >> 0); p[13] = (uint8_t)((uint64_t)v >> 8); p[14] = (uint8_t)((uint64_t)v >> 16); p[15] = (uint8_t)((uint64_t)v >> 24); }
#define ALIGNED_DELIVER_INDICATION_FROM_ADDRESS_AT 16
#define ALIGNED_DELIVER_INDICATION_FROM_ADDRESS_BYTES 4
#define ALIGNED_DELIVER_INDICATION_FROM_PORT_AT 20
static inline uint16_t aligned_deliver_indication_from_port(const uint8_t *p) { return (uint16_t)((uint64_t)p[21] | (uint64_t)p[20] << 8); } /* big-endian */
static inline void aligned_deliver_indication_from_port_set(uint8_t *p, uint16_t v) { p[21] = (uint8_t)((uint64_t)v >> 0); p[20] = (uint8_t)((uint64_t)v >> 8); }
#define ALIGNED_DELIVER_INDICATION_TEXT_AT 24
#define ALIGNED_DELIVER_INDICATION_TEXT_MAX 4096

/* deliver.response, said by the client: The text has arrived. */
#define ALIGNED_DELIVER_RESPONSE_TYPE 6
#define ALIGNED_DELIVER_RESPONSE_KIND 1

/* heartbeat.request, said by the client and the server: Are you there? */
#define ALIGNED_HEARTBEAT_REQUEST_TYPE 7
#define ALIGNED_HEARTBEAT_REQUEST_KIND 0

/* heartbeat.response, said by the client and the server: I am. */
#define ALIGNED_HEARTBEAT_RESPONSE_TYPE 7
#define ALIGNED_HEARTBEAT_RESPONSE_KIND 1

/* bye.indication, said by the client and the server: The last packet; the status says why. */
#define ALIGNED_BYE_INDICATION_TYPE 8
#define ALIGNED_BYE_INDICATION_KIND 2
#define ALIGNED_BYE_INDICATION_STATUS_AT 12
static inline int32_t aligned_bye_indication_status(const uint8_t *p) { return (int32_t)((int64_t)(((uint64_t)p[12] | (uint64_t)p[13] << 8 | (uint64_t)p[14] << 16 | (uint64_t)p[15] << 24) ^ 2147483648u) - 2147483648); } /* little-endian */
static inline void aligned_bye_indication_status_set(uint8_t *p, int32_t v) { p[12] = (uint8_t)((uint64_t)v >> 0); p[13] = (uint8_t)((uint64_t)v >> 8); p[14] = (uint8_t)((uint64_t)v >> 16); p[15] = (uint8_t)((uint64_t)v >> 24); }
#define ALIGNED_BYE_INDICATION_TEXT_AT 16
#define ALIGNED_BYE_INDICATION_TEXT_MAX 256

/* error.response, said by the server: The request failed. */
#define ALIGNED_ERROR_RESPONSE_TYPE 9
#define ALIGNED_ERROR_RESPONSE_KIND 1
#define ALIGNED_ERROR_RESPONSE_STATUS_AT 12
static inline int32_t aligned_error_response_status(const uint8_t *p) { return (int32_t)((int64_t)(((uint64_t)p[12] | (uint64_t)p[13] << 8 | (uint64_t)p[14] << 16 | (uint64_t)p[15] << 24) ^ 2147483648u) - 2147483648); } /* little-endian */
static inline void aligned_error_response_status_set(uint8_t *p, int32_t v) { p[12] = (uint8_t)((uint64_t)v >> 0); p[13] = (uint8_t)((uint64_t)v >> 8); p[14] = (uint8_t)((uint64_t)v >> 16); p[15] = (uint8_t)((uint64_t)v >> 24); }
#define ALIGNED_ERROR_RESPONSE_TEXT_AT 16
#define ALIGNED_ERROR_RESPONSE_TEXT_MAX 256

/* error.indication, said by the server: What came was no packet. */
#define ALIGNED_ERROR_INDICATION_TYPE 9
#define ALIGNED_ERROR_INDICATION_KIND 2
#define ALIGNED_ERROR_INDICATION_STATUS_AT 12
static inline int32_t aligned_error_indication_status(const uint8_t *p) { return (int32_t)((int64_t)(((uint64_t)p[12] | (uint64_t)p[13] << 8 | (uint64_t)p[14] << 16 | (uint64_t)p[15] << 24) ^ 2147483648u) - 2147483648); } /* little-endian */
static inline void aligned_error_indication_status_set(uint8_t *p, int32_t v) { p[12] = (uint8_t)((uint64_t)v >> 0); p[13] = (uint8_t)((uint64_t)v >> 8); p[14] = (uint8_t)((uint64_t)v >> 16); p[15] = (uint8_t)((uint64_t)v >> 24); }
#define ALIGNED_ERROR_INDICATION_TEXT_AT 16
#define ALIGNED_ERROR_INDICATION_TEXT_MAX 256

#endif
