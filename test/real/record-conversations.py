#!/usr/bin/env python3
"""Records what real shells and full-screen programs write to a terminal while someone types.

Usage (root): record-conversations.py ROOT CASES.txt OUT.json [NAME-PART]
ROOT is a Debian 12 with the persona's packages and a user `admin`. A case in CASES.txt:

    == name
    term=xterm size=80x24 user=root shell=bash     (each optional, any order)
    file path text with \\n escapes                (made in the home directory before the login)
    dir path
    > what is typed in one go, Python escapes
    @132x50                                        (the window changes its size)
    ~0.5                                           (waits longer than usual for the answer of the step before)

Each conversation is an own login shell in an own mount, process and UTS namespace; a step ends when the terminal has been silent for a while.
"""
import concurrent.futures, ctypes, fcntl, json, os, pathlib, pty, select, shutil, signal, struct, subprocess, sys, termios, time

ROOT, CASES, OUT = sys.argv[1:4]
ONLY = sys.argv[4] if len(sys.argv) > 4 else ""
HOST = "ip-10-0-116-71"
SILENCE = 0.4
libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind, flags, options=None):
    if libc.mount(source.encode(), target.encode(), kind.encode() if kind else None, flags, options.encode() if options else None):
        raise OSError(ctypes.get_errno(), f"mount {target}")


def text(line):
    return line.encode("utf-8").decode("unicode_escape").encode("latin1")


def parse(path):
    cases = []
    for line in pathlib.Path(path).read_text().split("\n"):
        if line.startswith("== "):
            cases.append({"name": line[3:], "term": "xterm", "columns": 80, "rows": 24, "user": "root", "shell": "bash", "files": {}, "steps": []})
        elif line.startswith("> "):
            cases[-1]["steps"].append({"type": text(line[2:]).decode("latin1")})
        elif line.startswith("@"):
            columns, rows = line[1:].split("x")
            cases[-1]["steps"].append({"resize": [int(columns), int(rows)]})
        elif line.startswith("~"):
            cases[-1]["steps"][-1]["wait"] = float(line[1:])
        elif line.startswith("file "):
            _, name, *rest = line.split(" ", 2)
            cases[-1]["files"][text(name).decode("latin1")] = text(rest[0]).decode("latin1") if rest else ""
        elif line.startswith("dir "):
            cases[-1]["files"][line[4:] + "/"] = ""
        elif line and not line.startswith("#"):
            for word in line.split():
                key, value = word.split("=", 1)
                if key == "size":
                    cases[-1]["columns"], cases[-1]["rows"] = map(int, value.split("x"))
                else:
                    cases[-1][key] = value
    return cases


def child(case):
    """In the new session: the namespaces, the home and the shell."""
    home = "/root" if case["user"] == "root" else "/home/" + case["user"]
    inside = ROOT + home
    libc.unshare(0x00020000 | 0x04000000 | 0x20000000)
    inner = os.fork()
    if inner:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _, status = os.waitpid(inner, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 255)
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 1)
    mount("none", "/", None, 0x44000)
    skeleton = f"/tmp/skeleton.{os.getpid()}.{time.time_ns()}"
    shutil.copytree(inside, skeleton, symlinks=True)
    owner = os.stat(inside)
    for place in (inside, ROOT + "/tmp", ROOT + "/run"):
        mount("tmpfs", place, "tmpfs", 0)
    os.chmod(ROOT + "/tmp", 0o1777)
    shutil.copytree(skeleton, inside, symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(skeleton)
    mount("proc", ROOT + "/proc", "proc", 0)
    mount("/dev/pts", ROOT + "/dev/pts", None, 4096)
    for name, content in case["files"].items():
        path = pathlib.Path(inside, name)
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("latin1"))
    for folder, _, names in os.walk(inside):
        for path in [folder, *(os.path.join(folder, name) for name in names)]:
            os.lchown(path, owner.st_uid, owner.st_gid)
    libc.sethostname(HOST.encode(), len(HOST))
    os.chroot(ROOT)
    os.chdir(home)
    os.umask(0o022)
    if owner.st_uid:
        os.fchown(0, owner.st_uid, 5)
        os.setgroups([owner.st_gid])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
    path = "/usr/local/bin:/usr/bin:/bin:/usr/games" if owner.st_uid else "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    environment = {"USER": case["user"], "LOGNAME": case["user"], "HOME": home, "PATH": path, "MAIL": "/var/mail/" + case["user"],
                   "SHELL": "/bin/bash", "TERM": case["term"], "LANG": case.get("lang", "C.UTF-8"), "SSH_CLIENT": "192.0.2.1 40000 22",
                   "SSH_CONNECTION": "192.0.2.1 40000 10.0.116.71 22", "SSH_TTY": os.ttyname(0)}
    if case["shell"] == "ash":
        os.execve("/bin/busybox", ["-ash"], environment)
    os.execve("/bin/bash", ["-bash"], environment)


def drain(master, wait):
    data = b""
    while select.select([master], [], [], wait)[0]:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        data += part
        if len(data) > 1 << 20:
            break
    return data.decode("latin1")


def resize(master, columns, rows):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def record(case):
    pid, master = pty.fork()
    if pid == 0:
        try:
            resize(0, case["columns"], case["rows"])
            os.read(0, 1)
            child(case)
        except BaseException as error:
            os.write(2, f"CANNOT {error!r}".encode())
        os._exit(99)
    os.write(master, b"\n")
    case["greeting"] = drain(master, 1.5).replace("\r\n", "", 1)
    for step in case["steps"]:
        if "resize" in step:
            resize(master, *step["resize"])
        else:
            os.write(master, step["type"].encode("latin1"))
        step["shows"] = drain(master, step.get("wait", 0) + SILENCE)
    os.close(master)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return case


def main():
    cases = [case for case in parse(CASES) if ONLY in case["name"]]
    with concurrent.futures.ProcessPoolExecutor(6) as pool:
        done = list(pool.map(record, cases))
    pathlib.Path(OUT).write_text("[\n" + ",\n".join(json.dumps(case) for case in done) + "\n]\n")
    print(f"{len(done)} conversations recorded")


main()
