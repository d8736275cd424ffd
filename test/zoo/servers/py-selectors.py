"""One thread, selectors, sockets that do not block, and a queue for each client. Usage: py-selectors.py PORT"""
import selectors
import signal
import socket
import sys

from clp import BadPacket, HELLO, INDICATION, answer, packet, take

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Client:
    def __init__(self, number, sock, address):
        self.id, self.sock, self.address, self.name = number, sock, address, b''
        self.inbox, self.outbox, self.ending = bytearray(), bytearray(), False


class Server:
    def __init__(self):
        self.clients, self.last, self.selector = {}, 0, selectors.DefaultSelector()

    def living(self):
        return list(self.clients.values())

    def find(self, number):
        return self.clients.get(number)

    def write(self, client, data):
        client.outbox += data
        self.flush(client)

    def flush(self, client):
        try:
            while client.outbox:
                sent = client.sock.send(client.outbox)
                del client.outbox[:sent]
        except BlockingIOError:
            pass
        except OSError:
            client.outbox.clear()
            client.ending = True
        self.watch(client)

    def watch(self, client):
        if client.id not in self.clients:
            return
        events = (0 if client.ending else READ) | (WRITE if client.outbox else 0)
        if events == 0:
            self.leave(client)
        else:
            self.selector.modify(client.sock, events, client)

    def read(self, client):
        try:
            data = client.sock.recv(65536)
            if not data:
                client.ending = True
            client.inbox += data
            while (one := take(client.inbox)) is not None:
                answer(self, client, *one)
        except BlockingIOError:
            return
        except (OSError, BadPacket) as error:
            print('client', client.id, error, flush=True)
            client.outbox.clear()
            client.ending = True
        self.watch(client)

    def leave(self, client):
        self.clients.pop(client.id, None)
        self.selector.unregister(client.sock)
        client.sock.close()

    def admit(self, listener):
        sock, address = listener.accept()
        sock.setblocking(False)
        self.last += 1
        client = Client(self.last, sock, address)
        self.clients[client.id] = client
        self.selector.register(sock, READ, client)
        self.write(client, packet(INDICATION, HELLO, 0, client.id.to_bytes(4, 'big')))

    def run(self, port):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        listener = socket.create_server(('', port), backlog=64, reuse_port=False)
        self.selector.register(listener, READ)
        while True:
            for key, events in self.selector.select():
                client = key.data
                if client is None:
                    self.admit(listener)
                    continue
                if events & WRITE:
                    self.flush(client)
                if events & READ and client.id in self.clients:
                    self.read(client)


Server().run(int(sys.argv[1]))
