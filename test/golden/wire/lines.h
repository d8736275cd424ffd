/* Made from the description of lines by chat-lab protocol header. Do not edit. */
#ifndef LINES_PROTOCOL_H
#define LINES_PROTOCOL_H

#include <stdint.h>

#define LINES_PORT 6264
#define LINES_MAX_PACKET 4096 /* bytes of a whole packet; refuse longer ones unread */
/* Ends a packet and is no part of its fields. */
static const uint8_t lines_terminator[1] = {10};

enum {
    LINES_STATUS_BAD_PACKET = 1,
    LINES_STATUS_UNKNOWN_OPERATION = 2,
    LINES_STATUS_UNKNOWN_CLIENT = 3,
    LINES_STATUS_RECEIVER_GONE = 4,
    LINES_STATUS_RECEIVER_SLOW = 5,
    LINES_STATUS_TOO_MANY_CLIENTS = 9,
    LINES_STATUS_TOO_MANY_REQUESTS = 10,
    LINES_STATUS_TOO_SLOW = 11,
    LINES_STATUS_IDLE = 12,
    LINES_STATUS_SHUTTING_DOWN = 13,
    LINES_STATUS_REFUSED = 14,
    LINES_STATUS_INTERNAL = 15,
};

/* Header: every packet begins with it. Places count from the first byte of the packet. */

/* hello.indication, said by the server: The first line: the number of the client, and a greeting. */
#define LINES_HELLO_INDICATION_ID_AT 0
/* text follows at no fixed place:  */

/* time.request, said by the client: What time is it at the server? */
#define LINES_TIME_REQUEST_WORD_AT 0
#define LINES_TIME_REQUEST_WORD_MAX 4096

/* time.response, said by the server: The server's clock. */
#define LINES_TIME_RESPONSE_MARK_AT 0
#define LINES_TIME_RESPONSE_MARK_BYTES 1
#define LINES_TIME_RESPONSE_TIME_AT 1

/* name.request, said by the client: What is the server's host called? */
#define LINES_NAME_REQUEST_WORD_AT 0
#define LINES_NAME_REQUEST_WORD_MAX 4096

/* name.response, said by the server: The server's host name. */
#define LINES_NAME_RESPONSE_MARK_AT 0
#define LINES_NAME_RESPONSE_MARK_BYTES 1
#define LINES_NAME_RESPONSE_NAME_AT 1
#define LINES_NAME_RESPONSE_NAME_MAX 255

/* list.request, said by the client: Who is connected? */
#define LINES_LIST_REQUEST_WORD_AT 0
#define LINES_LIST_REQUEST_WORD_MAX 4096

/* list.response, said by the server: All connected clients. */
#define LINES_LIST_RESPONSE_MARK_AT 0
#define LINES_LIST_RESPONSE_MARK_BYTES 1
#define LINES_LIST_RESPONSE_CLIENTS_AT 1
/* One entry of clients; places count from its first byte. */
#define LINES_LIST_RESPONSE_CLIENTS_ENTRY_ID_AT 0
/* port follows at no fixed place:  */
/* address follows at no fixed place:  */

/* send.request, said by the client: A text for another client. */
#define LINES_SEND_REQUEST_WORD_AT 0
#define LINES_SEND_REQUEST_WORD_MAX 4096
/* to follows at no fixed place:  */
/* text follows at no fixed place:  */

/* send.response, said by the server: The text was passed on. */
#define LINES_SEND_RESPONSE_MARK_AT 0
#define LINES_SEND_RESPONSE_MARK_BYTES 1

/* deliver.indication, said by the server: A text from another client. */
#define LINES_DELIVER_INDICATION_MARK_AT 0
#define LINES_DELIVER_INDICATION_MARK_BYTES 1
#define LINES_DELIVER_INDICATION_FROM_AT 1
/* fromAddress follows at no fixed place:  */
/* fromPort follows at no fixed place:  */
/* text follows at no fixed place:  */

/* heartbeat.request, said by the client: Are you there? */
#define LINES_HEARTBEAT_REQUEST_WORD_AT 0
#define LINES_HEARTBEAT_REQUEST_WORD_MAX 4096

/* heartbeat.response, said by the server: I am. */
#define LINES_HEARTBEAT_RESPONSE_MARK_AT 0
#define LINES_HEARTBEAT_RESPONSE_MARK_BYTES 1

/* bye.indication, said by the client: The client leaves. */
#define LINES_BYE_INDICATION_WORD_AT 0
#define LINES_BYE_INDICATION_WORD_MAX 4096

/* error.response, said by the server: The request failed; a number and a sentence say why. */
#define LINES_ERROR_RESPONSE_MARK_AT 0
#define LINES_ERROR_RESPONSE_MARK_BYTES 1
#define LINES_ERROR_RESPONSE_STATUS_AT 1
/* text follows at no fixed place:  */

/* error.indication, said by the server: The server closes the connection; a number and a sentence say why. */
#define LINES_ERROR_INDICATION_MARK_AT 0
#define LINES_ERROR_INDICATION_MARK_BYTES 1
#define LINES_ERROR_INDICATION_STATUS_AT 1
/* text follows at no fixed place:  */

#endif
