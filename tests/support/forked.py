"""The command line, or Python, in real processes, forked from one that has imported everything.

A new interpreter has computed for two or three seconds before a run begins, a fork for a few
hundredths. What is about imports, the locale, or how an interpreter begins and ends asks for a
new one: `small_study.run`, `waiting.begun`.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from waiting import LIMIT, until

ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "200"}


class Forked:
    """A process, used as one of `subprocess` is; its output goes to files.

    Parameters
    ----------
    arguments : sequence of str
        What stands after the program's name.
    cwd : path
        Its folder.
    program : str
        "eventstudy"; or "python", which has imported the libraries but nothing of the package.
    privileged : bool
        Whether root may write where permissions say no.
    out, err : file, optional
        Where its output goes.
    terminal : int, optional
        The terminal that it is on, in place of all files.
    closed : sequence of int
        Standard streams that it does not have.
    **environment
        More variables; None takes one away.
    """

    def __init__(self, arguments, cwd, *, out=None, err=None, terminal=None, **more):
        program = more.pop("program", "eventstudy")
        self.args, self.returncode = [program, *map(str, arguments)], None
        self.server = "cli" if program == "eventstudy" else "libraries"
        self.output = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115  closed by end
        how = {name: more.pop(name) for name in ("privileged", "closed") if name in more}
        given = {**os.environ, **ENVIRONMENT, **more}
        given = {name: value for name, value in given.items() if value is not None}
        asked = {"argv": self.args, "cwd": str(cwd), "environment": given, **how}
        files = [(out or self.output[0]).fileno(), (err or self.output[1]).fileno()]
        self.pid = self._ask(
            {**asked, "terminal": terminal is not None}, [terminal] * 2 if terminal else files
        )

    def _ask(self, question, files=()):
        channel = _channel(self.server)
        socket.send_fds(channel, [json.dumps(question).encode()], files)
        answer = channel.recv(1 << 10)
        assert answer, "the process that is forked has ended"
        return json.loads(answer)

    def poll(self):
        """Return how it ended; None as long as it runs."""
        if self.returncode is None:
            self.returncode = self._ask({"ended": self.pid})
        return self.returncode

    def wait(self, _limit=LIMIT):
        """Wait for its end."""
        until(lambda: self.poll() is not None, f"{self.args} to end")
        return self.returncode

    def send_signal(self, number):
        """Send a signal; not to a number that may be another's by now."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def communicate(self, timeout=LIMIT):
        """Wait for its end; return what it wrote."""
        self.wait(timeout)
        said = []
        for file in self.output:
            file.seek(0)
            said.append(file.read())
        return tuple(said)

    def end(self):
        """Kill it, if it still runs, and forget what it wrote."""
        self.send_signal(signal.SIGKILL)
        self.wait(LIMIT)
        for file in self.output:
            file.close()


@contextlib.contextmanager
def forked(*arguments, cwd, **more):
    """A process that is gone when the test has ended, however it ended."""
    process = Forked(arguments, cwd, **more)
    try:
        yield process
    finally:
        process.end()


def run(*arguments, cwd, encoding="utf-8", **environment):
    """Run the command line, or a program, in a folder; what it said and how it ended."""
    with forked(*arguments, cwd=cwd, **environment) as process:
        out, err = process.communicate(LIMIT)
    said = (out, err) if encoding is None else (out.decode(encoding), err.decode(encoding))
    return subprocess.CompletedProcess(process.args, process.returncode, *said)


@cache
def _channel(kind):
    """Return the socket that what is forked is asked through.

    All test processes of a run share one; the first starts it, and it ends when all have ended.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", os.getpid())
    name = f"eventstudy-{run}-{kind}"
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(LIMIT)
    try:
        ours.connect(f"\0{name}")
    except ConnectionRefusedError:
        server = Path(__file__).with_name("fork_server.py")
        command = [sys.executable, "-W", "error", server, kind, name]
        environment = {**os.environ, **ENVIRONMENT}
        nothing = subprocess.DEVNULL
        subprocess.run(command, env=environment, stdin=nothing, timeout=LIMIT, check=True)
        ours.connect(f"\0{name}")
    return ours
