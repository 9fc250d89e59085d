"""``sightline`` as the documents call it, without the seconds in which a process imports PyTorch and transformers.

A process imports them once and waits. For each command it forks, and the copy runs the command with the words, folder,
environment and open files of the program that was called. The documents hold more than a hundred commands, and most of
them do little but import.

    python tests/docs/ready_command.py SOCKET
"""

import atexit
import gc
import importlib
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

# pyarrow is not among them, since it starts a thread, and a process with threads cannot be copied.
IMPORTED = ("sightline.cli", "sightline.models.loading", "scipy.stats", "matplotlib.pyplot", "inflect", "lemminflect")

# Called in place of the real program; isolated and without site-packages, it starts at once.
_CALL = """\
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as ready:
    ready.connect({path!r})
    socket.send_fds(ready, [b"."], [0, 1, 2])
    ready.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode())
    ready.shutdown(socket.SHUT_WR)
    sys.exit(int(ready.recv(8)))
"""


@cache
def folder() -> Path:
    """A folder for the path, with a program ``sightline`` in it; what it calls waits as long as this process lives."""
    where = tempfile.TemporaryDirectory(prefix="sightline")
    path, call, program = (Path(where.name) / name for name in ("socket", "call.py", "sightline"))
    call.write_text(_CALL.format(path=str(path)))
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -IS {shlex.quote(str(call))} "$@"\n')
    program.chmod(0o755)
    waiting = subprocess.Popen([sys.executable, __file__, str(path)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    for end in (where.cleanup, waiting.communicate, waiting.kill):  # the last is called first
        atexit.register(end)
    assert waiting.stdout and waiting.stdout.readline() == b"ready\n"
    return program.parent


def wait(path: str) -> None:
    """Import, listen, and let a copy of this process answer each call, until the one that began it is gone."""
    begun_by = os.getppid()
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # else the first collection of every copy would copy the memory too
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        listening.settimeout(5)
        os.write(1, b"ready\n")
        while os.getppid() == begun_by:
            try:
                caller, _ = listening.accept()
            except TimeoutError:
                continue
            if os.fork() == 0:
                _answer(caller)
            caller.close()
            _reap()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def _answer(caller: socket.socket) -> None:
    """Run the command in a process of its own, which ends as any other does, and tell its exit code."""
    _, files, _, _ = socket.recv_fds(caller, 1, 3)
    words, where, environment = json.loads(caller.makefile("rb").read())
    if (child := os.fork()) == 0:
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.chdir(where)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["sightline", *words]
        from sightline.cli import main

        sys.exit(main())
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    caller.sendall(str(code if code >= 0 else 128 - code).encode())
    os._exit(0)


if __name__ == "__main__":
    wait(sys.argv[1])
