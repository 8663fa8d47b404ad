#!/usr/bin/env python3
"""Records what CPython prints of its own library in tracebacks: `record-python-library.py ROOTFS > src/program/python/library.ts`, as root.

ROOTFS is a folder with Debian 12's python3; every failure below is provoked in it, without a network.
"""
import json
import subprocess
import sys

ROOT = sys.argv[1]
LOOPBACK = 'import subprocess; subprocess.run(["ip", "link", "set", "lo", "up"]);'
SERVER = '''
import threading, http.server, subprocess
subprocess.run(["ip", "link", "set", "lo", "up"])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_error(404)
    def log_message(self, *a): pass
server = http.server.HTTPServer(("127.0.0.1", 80), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
'''
# Key: (code, which traceback of a chain, how many of its lines; None: all).
FAILURES = {
    'urllib:unresolved': ('import urllib.request; urllib.request.urlopen("http://nohost.example/x")', 0, None),
    'urllib:refused': (LOOPBACK + 'import urllib.request; urllib.request.urlopen("http://127.0.0.1/x")', 0, None),
    'urllib:unresolved:https': ('import urllib.request; urllib.request.urlopen("https://nohost.example/x")', 0, None),
    'urllib:refused:https': (LOOPBACK + 'import urllib.request; urllib.request.urlopen("https://127.0.0.1/x")', 0, None),
    'urlopen:http': ('import urllib.request; urllib.request.urlopen("http://nohost.example/x")', -1, None),
    'urlopen:https': ('import urllib.request; urllib.request.urlopen("https://nohost.example/x")', -1, None),
    'urlretrieve': ('import urllib.request; urllib.request.urlretrieve("https://nohost.example/x")', -1, 3),
    'urlopen:status': (SERVER + 'import urllib.request\nurllib.request.urlopen("http://127.0.0.1/x")', -1, None),
    'urlopen:unknown': ('import urllib.request; urllib.request.urlopen("foo")', -1, None),
    'urlopen:scheme': ('import urllib.request; urllib.request.urlopen("foo://x")', -1, None),
    'create_connection:refused': (LOOPBACK + 'import socket; socket.create_connection(("127.0.0.1", 1))', -1, None),
    'create_connection:unresolved': ('import socket; socket.create_connection(("nohost.x", 1))', -1, None),
    'getaddrinfo': ('import socket; socket.getaddrinfo("nohost.x", 1)', -1, None),
    'Popen': ('import subprocess; subprocess.Popen(["nope"])', -1, None),
    'run': ('import subprocess; subprocess.run(["nope"])', -1, None),
    'call': ('import subprocess; subprocess.call(["nope"])', -1, None),
    'check_call': ('import subprocess; subprocess.check_call(["nope"])', -1, None),
    'check_output': ('import subprocess; subprocess.check_output(["nope"])', -1, None),
    'check_output:status': ('import subprocess; subprocess.check_output("exit 3", shell=True)', -1, None),
    'check_call:status': ('import subprocess; subprocess.check_call("exit 3", shell=True)', -1, None),
    'run:status': ('import subprocess; subprocess.run("exit 3", shell=True, check=True)', -1, None),
    'run:timeout': ('import subprocess; subprocess.run("sleep 3", shell=True, timeout=0.1)', -1, None),
    'json.loads': ('import json; json.loads("{x")', -1, None),
    'json.loads:value': ('import json; json.loads("x")', -1, None),
    'json.loads:extra': ('import json; json.loads("1 x")', -1, None),
    'json.load': ('import json, io; json.load(io.StringIO("{x"))', -1, 3),
    'json.dumps': ('import json; json.dumps({1, 2})', -1, None),
    'b64decode': ('import base64; base64.b64decode("abc")', -1, None),
    'b32decode': ('import base64; base64.b32decode("a")', -1, None),
    'b16decode': ('import base64; base64.b16decode("zz")', -1, None),
    'requests:unresolved': ('import requests; requests.get("http://nohost.x/x")', 0, None),
    'shutil.copy': ('import shutil; shutil.copy("/nope", "/tmp/x")', -1, None),
    'shutil.rmtree': ('import shutil; shutil.rmtree("/nope")', -1, None),
    'shutil.move': ('import shutil; shutil.move("/nope", "/tmp/x")', -1, None),
    're.compile': ('import re; re.compile("(")', -1, None),
    'random.choice': ('import random; random.choice([])', -1, None),
    'random.randint': ('import random; random.randint(5, 1)', -1, None),
    'execvp': ('import os; os.execvp("nope", ["nope"])', -1, None),
    'os.environ': ('import os; os.environ["NOPE_X"]', -1, None),
    'hashlib.new': ('import hashlib; hashlib.new("nope")', -1, None),
    'datetime.strptime': ('import datetime; datetime.datetime.strptime("x", "%Y")', -1, None),
}


def tracebacks(code):
    """The levels of each traceback that the code ends with, as printed."""
    run = subprocess.run(['unshare', '-n', 'chroot', ROOT, '/usr/bin/python3', '-c', code], capture_output=True, text=True, timeout=60)
    for block in run.stderr.split('Traceback (most recent call last):\n')[1:]:
        lines = []
        for line in block.split('\n'):
            if not line.startswith('  '):
                break
            lines.append(line + '\n')
        yield lines


print('// What CPython 3.11 of Debian 12 prints of its own library in tracebacks, by where it fails; made by scripts/record-python-library.py.\n')
print('export const LEVELS: Readonly<Record<string, string>> = {')
for key, (code, which, count) in FAILURES.items():
    lines = list(tracebacks(code))[which]
    if lines[0].startswith('  File "<string>"'):
        lines = lines[1:]
    print(f'  {json.dumps(key)}:\n    {json.dumps("".join(lines[:count]))},')
print('};')
