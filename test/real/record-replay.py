#!/usr/bin/env python3
"""Records what Cowrie's own playlog and asciinema converters make of recordings, for replay.test.ts.

    python3 test/real/record-replay.py COWRIE_CHECKOUT > test/real/fixtures/replay.json

The recordings are made here, in Cowrie's format; only what the programs answer is kept.
"""

import base64
import io
import json
import struct
import subprocess
import sys
import tempfile

scripts = sys.argv[1] + "/src/cowrie/scripts"
OPEN, CLOSE, WRITE = 1, 2, 3
IN, OUT, EXEC = 1, 2, 3


def record(op, direction, at, data=b""):
    return struct.pack("<iLiiLL", op, 0, len(data), direction, int(at), int(round((at % 1) * 1e6))) + data


def tty(*writes, close=True, cut=0):
    start = 1787313600.25
    out = record(OPEN, 0, start)
    at = start
    for after, direction, data in writes:
        at += after
        out += record(WRITE, direction, at, data)
    if close:
        out += record(CLOSE, 0, at + 0.5)
    return out[: len(out) - cut]


cases = {
    "interactive": tty((0.1, OUT, b"root@svr04:~# "), (1.25, IN, b"l"), (0.001, OUT, b"l"), (0.3, IN, b"s\r"),
                       (0.002, OUT, b"s\n"), (0.004, OUT, b"bin  etc\nusr\n"), (0.0, OUT, b"root@svr04:~# ")),
    "long pauses": tty((0.1, OUT, b"$ "), (60, OUT, b"a"), (3.5, OUT, b"b"), (2.999999, OUT, b"c"), (86400, OUT, b"d\n")),
    "exec": tty((0.002648, EXEC, b"uname -a"), (0.75, OUT, b"Linux svr04\n")),
    "exec without output": tty((0.01, EXEC, b"true")),
    "two execs": tty((0.01, EXEC, b"id"), (0.2, OUT, b"uid=0\n"), (0.3, EXEC, b"pwd"), (0.2, OUT, b"/root\n")),
    "nothing": tty(),
    "no close": tty((0.1, OUT, b"$ "), (0.2, OUT, b"half"), close=False),
    "cut": tty((0.1, OUT, b"$ "), (0.2, OUT, b"gone"), (0.1, OUT, b"half a record"), close=False, cut=4),
    "cut header": tty((0.1, OUT, b"$ "), (0.2, OUT, b""), close=False, cut=5),
    "escapes": tty((0.1, OUT, b"\x1b[4h"), (0.1, OUT, b"\x1b[31mred\x1b[m\x1b]0;title\x07"), (0.1, OUT, b"\xe8\xa6\xb3\xe5\xaf\x9f\n"), (0.1, OUT, b"\xff\xfe\n")),
    "split character": tty((0.1, OUT, b"\xe8\xa6"), (0.1, OUT, b"\xb3\n")),
}

# playlog in its own process with its clock replaced: how long it waits, and what it writes then.
driver = """
import sys, io, json, base64, runpy, time
told = []
class Out:
    def write(self, data): told.append(["w", base64.b64encode(data).decode()]); return len(data)
    def flush(self): pass
class Text(io.TextIOBase):
    buffer = Out()
    def flush(self): pass
time.sleep = lambda s: told.append(["s", s])
real, sys.stdout = sys.stdout, Text()
sys.argv = ["playlog", sys.argv[2]]
runpy.run_path(SCRIPT, run_name="__main__")
json.dump(told, real)
"""

result = []
for name, data in cases.items():
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        code = driver.replace("SCRIPT", repr(scripts + "/playlog.py"))
        played = json.loads(subprocess.run([sys.executable, "-c", code, "-", file.name], capture_output=True, check=True).stdout)
        cast = json.loads(subprocess.run([sys.executable, scripts + "/asciinema.py", file.name], capture_output=True, check=True).stdout)
    waits, shown, wait = [], [], 0.0
    for kind, value in played:
        if kind == "s":
            wait += value
        else:
            waits.append(round(wait, 6))
            shown.append(value)
            wait = 0.0
    result.append({"name": name, "tty": base64.b64encode(data).decode(), "waits": waits, "shown": shown,
                   "cast": [[round(seconds, 6), text] for seconds, text in cast["stdout"]]})
print(json.dumps(result, indent=1))
