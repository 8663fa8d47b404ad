"""A loopback port whose connections each become standard input, output and error of a program, as inetd does: forker.py PORT PROGRAM [ARGUMENT ...]"""
import os
import signal
import socket
import sys

port, command = int(sys.argv[1]), sys.argv[2:]
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen(256)
while True:
    connection, _ = listener.accept()
    if os.fork() == 0:
        # Whoever started us may ignore them; inetd's children do not.
        for one in (signal.SIGCHLD, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
            signal.signal(one, signal.SIG_DFL)
        for number in (0, 1, 2):
            os.dup2(connection.fileno(), number)
        os.execv(command[0], command)
    connection.close()
