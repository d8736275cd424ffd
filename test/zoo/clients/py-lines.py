"""The protocol of lines, in Python, with a port of its own where it is told none. Usage: py-lines.py [HOST [PORT]]"""
import os
import socket
import sys
import time


class Lost(Exception):
    pass


def answer(file):
    while True:
        line = file.readline()
        if not line.endswith(b'\n'):
            raise Lost('end of stream')
        mark = line[:1]
        if mark == b'+':
            return line[1:-1].decode()
        if mark == b'-':
            raise Lost('the server refused: ' + line.decode(errors='replace'))
        if mark != b'*':
            raise Lost('that is no line of it')


def main():
    host = sys.argv[1] if len(sys.argv) > 1 else os.environ['HOST']
    sock = socket.create_connection((host, int(sys.argv[2]) if len(sys.argv) > 2 else 6264))
    file = sock.makefile('rb')
    file.readline()
    while True:
        choice = input('time, name, list, quit: ')
        if choice == 'quit':
            break
        if choice not in ('time', 'name', 'list'):
            continue
        sock.sendall(choice.upper().encode() + b'\n')
        said = answer(file)
        if choice == 'time':
            said = time.strftime('%H:%M:%S', time.gmtime(int(said) / 1000))
        print(choice, said)
    sock.close()


try:
    main()
except (Lost, OSError, ValueError) as error:
    print('lost:', error)
    sys.exit(1)
