"""struct264 with a greeting; a thread for each client. Usage: py-struct264.py PORT"""
import socket
import struct
import sys
import threading
import time

MESSAGE = struct.Struct('<q256s')
CANCEL, TIME, NAME, LIST, SEND = range(1, 6)
clients, lock = {}, threading.Lock()


def swapped(port):
    """The port as it lies in memory, read by a machine of the other byte order."""
    return struct.unpack('<H', struct.pack('>H', port))[0]


def say(sock, kind, data):
    try:
        sock.sendall(MESSAGE.pack(kind, data))
    except OSError:
        pass  # its own thread hears of it


def listing():
    rows = b''
    with lock:
        for sock, (host, port) in clients.items():
            row = b'%d,%d,%s;' % (sock.fileno(), swapped(port), host.encode())
            if len(rows) + len(row) > 256:
                break
            rows += row
    return rows


def pass_on(sock, data):
    host, port, text = data.rstrip(b'\0').split(b',', 2)
    with lock:
        found = [one for one, (h, p) in clients.items() if h.encode() == host and swapped(p) == int(port)]
    if found:
        say(found[0], SEND, text)
    else:
        say(sock, SEND, b'no this port')


def receive(sock):
    packet = b''
    while len(packet) < MESSAGE.size:
        part = sock.recv(MESSAGE.size - len(packet))
        if not part:
            return CANCEL, b''
        packet += part
    return MESSAGE.unpack(packet)


def serve(sock):
    try:
        sock.sendall(b'welcome to the chat')
        while True:
            kind, data = receive(sock)
            if kind == TIME:
                say(sock, TIME, b'%d' % time.time())
            elif kind == NAME:
                say(sock, NAME, socket.gethostname().encode())
            elif kind == LIST:
                say(sock, LIST, listing())
            elif kind == SEND:
                pass_on(sock, data)
            else:
                break
    except (OSError, ValueError) as error:
        print(error, flush=True)
    finally:
        with lock:
            clients.pop(sock, None)
        sock.close()


listener = socket.create_server(('', int(sys.argv[1])), backlog=64)
while True:
    accepted, address = listener.accept()
    with lock:
        clients[accepted] = address
    threading.Thread(target=serve, args=(accepted,), daemon=True).start()
