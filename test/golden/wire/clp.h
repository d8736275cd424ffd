/* Made from the description of clp by chat-lab protocol header. Do not edit. */
#ifndef CLP_PROTOCOL_H
#define CLP_PROTOCOL_H

#include <stdint.h>

#define CLP_PORT 5264
#define CLP_MAX_PACKET 16384 /* bytes of a whole packet; refuse longer ones unread */
#define CLP_HEADER_BYTES 16
/* A packet has the value of its field length plus 16 bytes, header included. */
#define CLP_LENGTH_PLUS (16)

enum {
    CLP_KIND_REQUEST = 1,
    CLP_KIND_RESPONSE = 2,
    CLP_KIND_INDICATION = 3,
};

enum {
    CLP_OPERATION_HELLO = 1,
    CLP_OPERATION_TIME = 2,
    CLP_OPERATION_NAME = 3,
    CLP_OPERATION_LIST = 4,
    CLP_OPERATION_SEND = 5,
    CLP_OPERATION_DELIVER = 6,
    CLP_OPERATION_HEARTBEAT = 7,
    CLP_OPERATION_BYE = 8,
    CLP_OPERATION_ERROR = 9,
    CLP_OPERATION_TOKEN = 10,
};

enum {
    CLP_STATUS_OK = 0,
    CLP_STATUS_BAD_PACKET = 1,
    CLP_STATUS_UNKNOWN_OPERATION = 2,
    CLP_STATUS_UNKNOWN_CLIENT = 3,
    CLP_STATUS_RECEIVER_GONE = 4,
    CLP_STATUS_RECEIVER_SLOW = 5,
    CLP_STATUS_TEXT_TOO_LONG = 6,
    CLP_STATUS_NAME_TAKEN = 7,
    CLP_STATUS_BAD_NAME = 8,
    CLP_STATUS_TOO_MANY_CLIENTS = 9,
    CLP_STATUS_TOO_MANY_REQUESTS = 10,
    CLP_STATUS_TOO_SLOW = 11,
    CLP_STATUS_IDLE = 12,
    CLP_STATUS_SHUTTING_DOWN = 13,
    CLP_STATUS_REFUSED = 14,
    CLP_STATUS_INTERNAL = 15,
    CLP_STATUS_BAD_TOKEN = 16,
};

enum {
    CLP_OUTCOME_DELIVERED = 1,
    CLP_OUTCOME_FORWARDED = 2,
};

/* Header: every packet begins with it. Places count from the first byte of the packet. */
#define CLP_HEADER_MAGIC_AT 0 /* The letters "CL": a stranger is recognised at its first packet. */
static inline uint16_t clp_header_magic(const uint8_t *p) { return (uint16_t)((uint64_t)p[1] | (uint64_t)p[0] << 8); } /* big-endian */
static inline void clp_header_magic_set(uint8_t *p, uint16_t v) { p[1] = (uint8_t)((uint64_t)v >> 0); p[0] = (uint8_t)((uint64_t)v >> 8); }
#define CLP_HEADER_VERSION_AT 2 /* The version of the protocol. */
static inline uint8_t clp_header_version(const uint8_t *p) { return (uint8_t)((uint64_t)p[2]); }
static inline void clp_header_version_set(uint8_t *p, uint8_t v) { p[2] = (uint8_t)((uint64_t)v >> 0); }
#define CLP_HEADER_KIND_AT 3 /* A request wants an answer, a response is one, an indication is said unasked. */
static inline uint8_t clp_header_kind(const uint8_t *p) { return (uint8_t)((uint64_t)p[3]); }
static inline void clp_header_kind_set(uint8_t *p, uint8_t v) { p[3] = (uint8_t)((uint64_t)v >> 0); }
#define CLP_HEADER_OPERATION_AT 4 /* What it is about. */
static inline uint8_t clp_header_operation(const uint8_t *p) { return (uint8_t)((uint64_t)p[4]); }
static inline void clp_header_operation_set(uint8_t *p, uint8_t v) { p[4] = (uint8_t)((uint64_t)v >> 0); }
#define CLP_HEADER_STATUS_AT 5 /* 0 in all packets but bye and error. */
static inline uint8_t clp_header_status(const uint8_t *p) { return (uint8_t)((uint64_t)p[5]); }
static inline void clp_header_status_set(uint8_t *p, uint8_t v) { p[5] = (uint8_t)((uint64_t)v >> 0); }
#define CLP_HEADER_RESERVED_AT 6 /* Zero; keeps the two numbers behind it at multiples of four, as C aligns them. */
static inline uint16_t clp_header_reserved(const uint8_t *p) { return (uint16_t)((uint64_t)p[7] | (uint64_t)p[6] << 8); } /* big-endian */
static inline void clp_header_reserved_set(uint8_t *p, uint16_t v) { p[7] = (uint8_t)((uint64_t)v >> 0); p[6] = (uint8_t)((uint64_t)v >> 8); }
#define CLP_HEADER_REQUEST_AT 8 /* Chosen by whoever asks; the response repeats it. 0 in an indication that wants no answer. */
static inline uint32_t clp_header_request(const uint8_t *p) { return (uint32_t)((uint64_t)p[11] | (uint64_t)p[10] << 8 | (uint64_t)p[9] << 16 | (uint64_t)p[8] << 24); } /* big-endian */
static inline void clp_header_request_set(uint8_t *p, uint32_t v) { p[11] = (uint8_t)((uint64_t)v >> 0); p[10] = (uint8_t)((uint64_t)v >> 8); p[9] = (uint8_t)((uint64_t)v >> 16); p[8] = (uint8_t)((uint64_t)v >> 24); }
#define CLP_HEADER_LENGTH_AT 12 /* Bytes of payload behind the header. */
static inline uint32_t clp_header_length(const uint8_t *p) { return (uint32_t)((uint64_t)p[15] | (uint64_t)p[14] << 8 | (uint64_t)p[13] << 16 | (uint64_t)p[12] << 24); } /* big-endian */
static inline void clp_header_length_set(uint8_t *p, uint32_t v) { p[15] = (uint8_t)((uint64_t)v >> 0); p[14] = (uint8_t)((uint64_t)v >> 8); p[13] = (uint8_t)((uint64_t)v >> 16); p[12] = (uint8_t)((uint64_t)v >> 24); }

/* hello.indication, said by the server: The first thing a client hears: its number, and a greeting. */
#define CLP_HELLO_INDICATION_KIND 3
#define CLP_HELLO_INDICATION_OPERATION 1
#define CLP_HELLO_INDICATION_STATUS 0
#define CLP_HELLO_INDICATION_ID_AT 16 /* The client's number. */
static inline uint32_t clp_hello_indication_id(const uint8_t *p) { return (uint32_t)((uint64_t)p[19] | (uint64_t)p[18] << 8 | (uint64_t)p[17] << 16 | (uint64_t)p[16] << 24); } /* big-endian */
static inline void clp_hello_indication_id_set(uint8_t *p, uint32_t v) { p[19] = (uint8_t)((uint64_t)v >> 0); p[18] = (uint8_t)((uint64_t)v >> 8); p[17] = (uint8_t)((uint64_t)v >> 16); p[16] = (uint8_t)((uint64_t)v >> 24); }
#define CLP_HELLO_INDICATION_TEXT_AT 20 /* A greeting. */
#define CLP_HELLO_INDICATION_TEXT_MAX 1024

/* hello.request, said by the client: A client gives itself a name for the list. Optional. */
#define CLP_HELLO_REQUEST_KIND 1
#define CLP_HELLO_REQUEST_OPERATION 1
#define CLP_HELLO_REQUEST_STATUS 0
#define CLP_HELLO_REQUEST_NAME_AT 16 /* The name, 1 to 64 bytes. */
#define CLP_HELLO_REQUEST_NAME_MAX 64

/* hello.response, said by the server: The name is taken into the list. */
#define CLP_HELLO_RESPONSE_KIND 2
#define CLP_HELLO_RESPONSE_OPERATION 1
#define CLP_HELLO_RESPONSE_STATUS 0
#define CLP_HELLO_RESPONSE_ID_AT 16 /* The client's number. */
static inline uint32_t clp_hello_response_id(const uint8_t *p) { return (uint32_t)((uint64_t)p[19] | (uint64_t)p[18] << 8 | (uint64_t)p[17] << 16 | (uint64_t)p[16] << 24); } /* big-endian */
static inline void clp_hello_response_id_set(uint8_t *p, uint32_t v) { p[19] = (uint8_t)((uint64_t)v >> 0); p[18] = (uint8_t)((uint64_t)v >> 8); p[17] = (uint8_t)((uint64_t)v >> 16); p[16] = (uint8_t)((uint64_t)v >> 24); }

/* time.request, said by the client: What time is it at the server? */
#define CLP_TIME_REQUEST_KIND 1
#define CLP_TIME_REQUEST_OPERATION 2
#define CLP_TIME_REQUEST_STATUS 0

/* time.response, said by the server: The server's clock. */
#define CLP_TIME_RESPONSE_KIND 2
#define CLP_TIME_RESPONSE_OPERATION 2
#define CLP_TIME_RESPONSE_STATUS 0
#define CLP_TIME_RESPONSE_TIME_AT 16 /* Milliseconds since 1970-01-01 00:00:00 UTC. */
static inline uint64_t clp_time_response_time(const uint8_t *p) { return (uint64_t)((uint64_t)p[23] | (uint64_t)p[22] << 8 | (uint64_t)p[21] << 16 | (uint64_t)p[20] << 24 | (uint64_t)p[19] << 32 | (uint64_t)p[18] << 40 | (uint64_t)p[17] << 48 | (uint64_t)p[16] << 56); } /* big-endian */
static inline void clp_time_response_time_set(uint8_t *p, uint64_t v) { p[23] = (uint8_t)((uint64_t)v >> 0); p[22] = (uint8_t)((uint64_t)v >> 8); p[21] = (uint8_t)((uint64_t)v >> 16); p[20] = (uint8_t)((uint64_t)v >> 24); p[19] = (uint8_t)((uint64_t)v >> 32); p[18] = (uint8_t)((uint64_t)v >> 40); p[17] = (uint8_t)((uint64_t)v >> 48); p[16] = (uint8_t)((uint64_t)v >> 56); }

/* name.request, said by the client: What is the server's host called? */
#define CLP_NAME_REQUEST_KIND 1
#define CLP_NAME_REQUEST_OPERATION 3
#define CLP_NAME_REQUEST_STATUS 0

/* name.response, said by the server: The server's host name. */
#define CLP_NAME_RESPONSE_KIND 2
#define CLP_NAME_RESPONSE_OPERATION 3
#define CLP_NAME_RESPONSE_STATUS 0
#define CLP_NAME_RESPONSE_NAME_AT 16 /* The host name. */
#define CLP_NAME_RESPONSE_NAME_MAX 255

/* list.request, said by the client: Who is connected? The answer may come in pages; the next one is asked for with the last number received. */
#define CLP_LIST_REQUEST_KIND 1
#define CLP_LIST_REQUEST_OPERATION 4
#define CLP_LIST_REQUEST_STATUS 0
#define CLP_LIST_REQUEST_AFTER_AT 16 /* Only clients with a higher number; 0 for the first page. */
static inline uint32_t clp_list_request_after(const uint8_t *p) { return (uint32_t)((uint64_t)p[19] | (uint64_t)p[18] << 8 | (uint64_t)p[17] << 16 | (uint64_t)p[16] << 24); } /* big-endian */
static inline void clp_list_request_after_set(uint8_t *p, uint32_t v) { p[19] = (uint8_t)((uint64_t)v >> 0); p[18] = (uint8_t)((uint64_t)v >> 8); p[17] = (uint8_t)((uint64_t)v >> 16); p[16] = (uint8_t)((uint64_t)v >> 24); }

/* list.response, said by the server: Connected clients in ascending order of their numbers. */
#define CLP_LIST_RESPONSE_KIND 2
#define CLP_LIST_RESPONSE_OPERATION 4
#define CLP_LIST_RESPONSE_STATUS 0
#define CLP_LIST_RESPONSE_MORE_AT 16 /* 1 when more follow behind the last one, else 0. */
static inline uint8_t clp_list_response_more(const uint8_t *p) { return (uint8_t)((uint64_t)p[16]); }
static inline void clp_list_response_more_set(uint8_t *p, uint8_t v) { p[16] = (uint8_t)((uint64_t)v >> 0); }
#define CLP_LIST_RESPONSE_CLIENTS_AT 17 /* One entry for each client. */
/* One entry of clients; places count from its first byte. */
#define CLP_LIST_RESPONSE_CLIENTS_ENTRY_ID_AT 0 /* The client's number. */
static inline uint32_t clp_list_response_clients_entry_id(const uint8_t *p) { return (uint32_t)((uint64_t)p[3] | (uint64_t)p[2] << 8 | (uint64_t)p[1] << 16 | (uint64_t)p[0] << 24); } /* big-endian */
static inline void clp_list_response_clients_entry_id_set(uint8_t *p, uint32_t v) { p[3] = (uint8_t)((uint64_t)v >> 0); p[2] = (uint8_t)((uint64_t)v >> 8); p[1] = (uint8_t)((uint64_t)v >> 16); p[0] = (uint8_t)((uint64_t)v >> 24); }
#define CLP_LIST_RESPONSE_CLIENTS_ENTRY_ADDRESS_AT 4 /* Its address; an IPv4 address as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2). */
#define CLP_LIST_RESPONSE_CLIENTS_ENTRY_ADDRESS_BYTES 16
#define CLP_LIST_RESPONSE_CLIENTS_ENTRY_PORT_AT 20 /* Its port. */
static inline uint16_t clp_list_response_clients_entry_port(const uint8_t *p) { return (uint16_t)((uint64_t)p[21] | (uint64_t)p[20] << 8); } /* big-endian */
static inline void clp_list_response_clients_entry_port_set(uint8_t *p, uint16_t v) { p[21] = (uint8_t)((uint64_t)v >> 0); p[20] = (uint8_t)((uint64_t)v >> 8); }
#define CLP_LIST_RESPONSE_CLIENTS_ENTRY_NAME_AT 22 /* Its name, empty if it gave none. */
#define CLP_LIST_RESPONSE_CLIENTS_ENTRY_NAME_MAX 64

/* send.request, said by the client: A text for another client. */
#define CLP_SEND_REQUEST_KIND 1
#define CLP_SEND_REQUEST_OPERATION 5
#define CLP_SEND_REQUEST_STATUS 0
#define CLP_SEND_REQUEST_TO_AT 16 /* The receiver's number. */
static inline uint32_t clp_send_request_to(const uint8_t *p) { return (uint32_t)((uint64_t)p[19] | (uint64_t)p[18] << 8 | (uint64_t)p[17] << 16 | (uint64_t)p[16] << 24); } /* big-endian */
static inline void clp_send_request_to_set(uint8_t *p, uint32_t v) { p[19] = (uint8_t)((uint64_t)v >> 0); p[18] = (uint8_t)((uint64_t)v >> 8); p[17] = (uint8_t)((uint64_t)v >> 16); p[16] = (uint8_t)((uint64_t)v >> 24); }
#define CLP_SEND_REQUEST_TEXT_AT 20 /* The text. */
#define CLP_SEND_REQUEST_TEXT_MAX 4096

/* send.response, said by the server: What became of the text. Sent only when the receiver's client has answered, or its connection has taken the bytes and it did not answer in time. */
#define CLP_SEND_RESPONSE_KIND 2
#define CLP_SEND_RESPONSE_OPERATION 5
#define CLP_SEND_RESPONSE_STATUS 0
#define CLP_SEND_RESPONSE_OUTCOME_AT 16 /* 1: the receiver's client has it; 2: it was only written to its connection. */
static inline uint8_t clp_send_response_outcome(const uint8_t *p) { return (uint8_t)((uint64_t)p[16]); }
static inline void clp_send_response_outcome_set(uint8_t *p, uint8_t v) { p[16] = (uint8_t)((uint64_t)v >> 0); }

/* deliver.indication, said by the server: A text from another client. Its request number is not 0 and the client answers with deliver.response. */
#define CLP_DELIVER_INDICATION_KIND 3
#define CLP_DELIVER_INDICATION_OPERATION 6
#define CLP_DELIVER_INDICATION_STATUS 0
#define CLP_DELIVER_INDICATION_FROM_AT 16 /* The sender's number. */
static inline uint32_t clp_deliver_indication_from(const uint8_t *p) { return (uint32_t)((uint64_t)p[19] | (uint64_t)p[18] << 8 | (uint64_t)p[17] << 16 | (uint64_t)p[16] << 24); } /* big-endian */
static inline void clp_deliver_indication_from_set(uint8_t *p, uint32_t v) { p[19] = (uint8_t)((uint64_t)v >> 0); p[18] = (uint8_t)((uint64_t)v >> 8); p[17] = (uint8_t)((uint64_t)v >> 16); p[16] = (uint8_t)((uint64_t)v >> 24); }
#define CLP_DELIVER_INDICATION_FROM_ADDRESS_AT 20 /* The sender's address. */
#define CLP_DELIVER_INDICATION_FROM_ADDRESS_BYTES 16
#define CLP_DELIVER_INDICATION_FROM_PORT_AT 36 /* The sender's port. */
static inline uint16_t clp_deliver_indication_from_port(const uint8_t *p) { return (uint16_t)((uint64_t)p[37] | (uint64_t)p[36] << 8); } /* big-endian */
static inline void clp_deliver_indication_from_port_set(uint8_t *p, uint16_t v) { p[37] = (uint8_t)((uint64_t)v >> 0); p[36] = (uint8_t)((uint64_t)v >> 8); }
#define CLP_DELIVER_INDICATION_TEXT_AT 38 /* The text. */
#define CLP_DELIVER_INDICATION_TEXT_MAX 4096

/* deliver.response, said by the client: The text with this request number has arrived in the client. */
#define CLP_DELIVER_RESPONSE_KIND 2
#define CLP_DELIVER_RESPONSE_OPERATION 6
#define CLP_DELIVER_RESPONSE_STATUS 0

/* heartbeat.request, said by the client and the server: Are you there? */
#define CLP_HEARTBEAT_REQUEST_KIND 1
#define CLP_HEARTBEAT_REQUEST_OPERATION 7
#define CLP_HEARTBEAT_REQUEST_STATUS 0

/* heartbeat.response, said by the client and the server: I am. */
#define CLP_HEARTBEAT_RESPONSE_KIND 2
#define CLP_HEARTBEAT_RESPONSE_OPERATION 7
#define CLP_HEARTBEAT_RESPONSE_STATUS 0

/* token.indication, said by the server: This server wants the token of the class first. */
#define CLP_TOKEN_INDICATION_KIND 3
#define CLP_TOKEN_INDICATION_OPERATION 10
#define CLP_TOKEN_INDICATION_STATUS 0

/* token.request, said by the client: The token. */
#define CLP_TOKEN_REQUEST_KIND 1
#define CLP_TOKEN_REQUEST_OPERATION 10
#define CLP_TOKEN_REQUEST_STATUS 0
#define CLP_TOKEN_REQUEST_TOKEN_AT 16 /* The token. */
#define CLP_TOKEN_REQUEST_TOKEN_MAX 256

/* token.response, said by the server: It is the right one; the greeting follows. */
#define CLP_TOKEN_RESPONSE_KIND 2
#define CLP_TOKEN_RESPONSE_OPERATION 10
#define CLP_TOKEN_RESPONSE_STATUS 0

/* bye.indication, said by the client and the server: The last packet in this direction; its sender closes the connection behind it. The status says why. */
#define CLP_BYE_INDICATION_KIND 3
#define CLP_BYE_INDICATION_OPERATION 8
#define CLP_BYE_INDICATION_TEXT_AT 16 /* A sentence for people, or empty. */
#define CLP_BYE_INDICATION_TEXT_MAX 1024

/* error.response, said by the server: The request with this number failed. The status says why. */
#define CLP_ERROR_RESPONSE_KIND 2
#define CLP_ERROR_RESPONSE_OPERATION 9
#define CLP_ERROR_RESPONSE_TEXT_AT 16 /* A sentence for people. */
#define CLP_ERROR_RESPONSE_TEXT_MAX 1024

/* error.indication, said by the server: What the client sent was not a packet; the text says what was wrong. The server closes the connection behind it. */
#define CLP_ERROR_INDICATION_KIND 3
#define CLP_ERROR_INDICATION_OPERATION 9
#define CLP_ERROR_INDICATION_TEXT_AT 16 /* What was wrong. */
#define CLP_ERROR_INDICATION_TEXT_MAX 1024

#endif
