"""A thread for each client. Usage: py-threads.py PORT"""
import socket
import sys
import threading

from clp import BadPacket, HELLO, INDICATION, answer, packet, take


class Client:
    def __init__(self, number, sock, address):
        self.id, self.sock, self.address, self.name = number, sock, address, b''
        self.writing = threading.Lock()


class Server:
    def __init__(self):
        self.clients, self.lock, self.last = {}, threading.Lock(), 0

    def living(self):
        with self.lock:
            return list(self.clients.values())

    def find(self, number):
        with self.lock:
            return self.clients.get(number)

    def write(self, client, data):
        try:
            with client.writing:
                client.sock.sendall(data)
        except OSError:
            pass  # its own thread hears of it

    def serve(self, client):
        buffer = bytearray()
        try:
            self.write(client, packet(INDICATION, HELLO, 0, client.id.to_bytes(4, 'big')))
            while True:
                data = client.sock.recv(4096)
                if not data:
                    break
                buffer += data
                while (one := take(buffer)) is not None:
                    answer(self, client, *one)
        except (OSError, BadPacket) as error:
            print('client', client.id, error, flush=True)
        finally:
            with self.lock:
                self.clients.pop(client.id, None)
            client.sock.close()

    def run(self, port):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(('', port))
        listener.listen(64)
        while True:
            sock, address = listener.accept()
            self.last += 1
            client = Client(self.last, sock, address)
            with self.lock:
                self.clients[client.id] = client
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()


Server().run(int(sys.argv[1]))
