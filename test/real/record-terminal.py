#!/usr/bin/env python3
"""Records what a real pseudo terminal does with the cases of src/machine/fixtures/terminal.json: what it echoes and what a program reads.

A case has `set` (flags switched off with a leading -), `type` (what is typed, one step after the other, strings of bytes) and
optionally `write` (what a program writes at the end). Run: python3 test/real/record-terminal.py
"""
import fcntl, json, os, pathlib, pty, select, signal, termios, time

FIXTURE = pathlib.Path(__file__).parents[2] / "src/machine/fixtures/terminal.json"
FLAGS = {
    "icanon": (3, termios.ICANON), "echo": (3, termios.ECHO), "echoe": (3, termios.ECHOE), "echok": (3, termios.ECHOK),
    "echoctl": (3, 0o1000), "isig": (3, termios.ISIG), "iexten": (3, termios.IEXTEN), "icrnl": (0, termios.ICRNL),
    "inlcr": (0, termios.INLCR), "igncr": (0, termios.IGNCR), "ixon": (0, termios.IXON), "istrip": (0, termios.ISTRIP),
    "iutf8": (0, 0o40000), "opost": (1, termios.OPOST), "onlcr": (1, termios.ONLCR),
}


def drain(fd):
    data = b""
    while select.select([fd], [], [], 0.03)[0]:
        try:
            part = os.read(fd, 65536)
        except (BlockingIOError, OSError):
            break
        if not part:
            return data, True
        data += part
    return data, False


def record(case):
    master, slave = pty.openpty()
    # No terminal of ours: signals to a foreground group cannot reach us, their effect on the queue still shows.
    attributes = termios.tcgetattr(slave)
    for name in case.get("set", []):
        index, bit = FLAGS[name.lstrip("-")]
        attributes[index] = attributes[index] & ~bit if name.startswith("-") else attributes[index] | bit
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    fcntl.fcntl(slave, fcntl.F_SETFL, os.O_NONBLOCK)
    echo = b""
    for step in case["type"]:
        os.write(master, step.encode("latin1"))
        echo += drain(master)[0]
    reads = []
    while True:
        try:
            data = os.read(slave, 4096)
        except BlockingIOError:
            break
        reads.append(data.decode("latin1"))
        if len(reads) > 20:
            break
    if "write" in case:
        os.write(slave, case["write"].encode("latin1"))
        case["written"] = drain(master)[0].decode("latin1")
    os.close(slave)
    os.close(master)
    case["echo"] = echo.decode("latin1")
    case["reads"] = reads


cases = json.loads(FIXTURE.read_text())
for case in cases:
    record(case)
FIXTURE.write_text("[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n]\n")
print(f"{len(cases)} cases recorded")
