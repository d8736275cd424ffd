"""The bytes of clp (docs/PROTOCOL.md), shared by both servers in Python."""
import ipaddress
import socket
import struct
import time

REQUEST, RESPONSE, INDICATION = 1, 2, 3
HELLO, TIME, NAME, LIST, SEND, DELIVER, HEARTBEAT, BYE, ERROR = range(1, 10)
HEADER = struct.Struct('>2sBBBBHII')
LONGEST = 16384


class BadPacket(Exception):
    pass


def packet(kind, operation, request, payload=b'', status=0):
    return HEADER.pack(b'CL', 1, kind, operation, status, 0, request, len(payload)) + payload


def place(address):
    host, port = address
    return ipaddress.IPv6Address('::ffff:' + host).packed + struct.pack('>H', port)


def take(buffer):
    """The first packet of a bytearray, taken out of it: (kind, operation, request, payload), or None."""
    if len(buffer) < HEADER.size:
        return None
    magic, version, kind, operation, status, zero, request, length = HEADER.unpack_from(buffer)
    if magic != b'CL' or version != 1 or status != 0 or zero != 0 or length > LONGEST - HEADER.size:
        raise BadPacket('not a header of clp')
    if len(buffer) < HEADER.size + length:
        return None
    payload = bytes(buffer[HEADER.size:HEADER.size + length])
    del buffer[:HEADER.size + length]
    return kind, operation, request, payload


def answer(server, client, kind, operation, request, payload):
    """Acts on one packet; server has clients (by number) and write(client, bytes)."""
    if (kind, operation) in ((RESPONSE, DELIVER), (RESPONSE, HEARTBEAT)):
        return
    if kind != REQUEST:
        raise BadPacket('not a request')
    if operation == TIME:
        reply = struct.pack('>Q', int(time.time() * 1000))
    elif operation == NAME:
        reply = socket.gethostname().encode()
    elif operation == HEARTBEAT:
        reply = b''
    elif operation == HELLO:
        if not 0 < len(payload) <= 64:
            raise BadPacket('not a name')
        client.name = payload
        reply = struct.pack('>I', client.id)
    elif operation == LIST:
        entries = [one for one in sorted(server.living(), key=lambda one: one.id)]
        rows = [struct.pack('>I', one.id) + place(one.address) + bytes([len(one.name)]) + one.name for one in entries]
        reply = b'\0' + struct.pack('>H', len(rows)) + b''.join(rows)
    elif operation == SEND:
        if len(payload) < 4 or len(payload) > 4100:
            raise BadPacket('not a text')
        receiver = server.find(struct.unpack_from('>I', payload)[0])
        if receiver is None:
            server.write(client, packet(RESPONSE, ERROR, request, b'no such client', status=3))
            return
        text = struct.pack('>I', client.id) + place(client.address) + payload[4:]
        server.write(receiver, packet(INDICATION, DELIVER, request, text))
        reply = b'\2'
    else:
        raise BadPacket('not an operation')
    server.write(client, packet(RESPONSE, operation, request, reply))
