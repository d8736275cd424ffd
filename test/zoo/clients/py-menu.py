"""A menu in English, one question at a time. Usage: py-menu.py HOST PORT"""
import socket
import struct
import sys
import time

HEADER = struct.Struct('>2sBBBBHII')
REQUEST, RESPONSE, INDICATION = 1, 2, 3
TIME, NAME, LIST, DELIVER, BYE, ERROR = 2, 3, 4, 6, 8, 9


class Lost(Exception):
    pass


def packet(kind, operation, request, payload=b''):
    return HEADER.pack(b'CL', 1, kind, operation, 0, 0, request, len(payload)) + payload


def read_exactly(sock, count):
    data = b''
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            raise Lost('the server closed the connection')
        data += part
    return data


def read_packet(sock):
    magic, version, kind, operation, status, zero, request, length = HEADER.unpack(read_exactly(sock, HEADER.size))
    if magic != b'CL' or version != 1 or length > 16384:
        raise Lost('that is no packet')
    return kind, operation, request, read_exactly(sock, length)


def ask(sock, operation, request, payload=b''):
    sock.sendall(packet(REQUEST, operation, request, payload))
    while True:
        kind, got, number, body = read_packet(sock)
        if kind == RESPONSE and number == request:
            return body
        if kind == INDICATION and got == DELIVER:
            sock.sendall(packet(RESPONSE, DELIVER, number))
            print('message:', body[22:].decode())
        elif kind == INDICATION and got == BYE:
            raise Lost('the server said goodbye')


def show_list(body):
    count = struct.unpack_from('>H', body, 1)[0]
    at = 3
    for _ in range(count):
        number, = struct.unpack_from('>I', body, at)
        port, length = struct.unpack_from('>HB', body, at + 20)
        print(f'  #{number} port {port} {body[at + 23:at + 23 + length].decode()}')
        at += 23 + length


def main():
    sock = socket.create_connection((sys.argv[1], int(sys.argv[2])))
    request = 0
    while True:
        choice = input('1 time  2 name  3 list  0 quit > ')
        request += 1
        if choice == '1':
            ms, = struct.unpack('>Q', ask(sock, TIME, request))
            print('time:', time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(ms / 1000)))
        elif choice == '2':
            print('name:', ask(sock, NAME, request).decode())
        elif choice == '3':
            show_list(ask(sock, LIST, request, struct.pack('>I', 0)))
        elif choice == '0':
            break
    sock.close()


try:
    main()
except (Lost, OSError) as error:
    print('connection lost:', error)
    sys.exit(1)
