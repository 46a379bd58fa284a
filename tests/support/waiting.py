"""Waiting in tests: every wait has a limit, and says what it waited for."""

import codecs
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

LIMIT = 600
"""Seconds: so many that only what hangs takes them, beside ten busy processes too."""

CTRL_C = "\x03"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LOGIN = "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"


def until(condition, what, *, of=None, pause=0.005):
    """Wait until a condition holds, in vain once the process that it is of has ended."""
    end = time.monotonic() + LIMIT
    while True:
        ended = of is not None and of.poll() is not None
        if found := condition():
            return found
        assert not ended, f"{of.args} ended with {of.returncode}, waiting for {what}"
        assert time.monotonic() < end, f"waited {LIMIT} seconds for {what}"
        time.sleep(pause)


def ended(child):
    """Return the exit code of a forked child, or minus its signal; None as long as it runs."""
    pid, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


@contextmanager
def limited(what):
    """End what this process does, when it waits where no limit can be given."""

    def end(*_):
        raise AssertionError(f"waited {LIMIT} seconds for {what}")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def reaped(child, what):
    """Wait for a forked child to end; return its exit code, or minus its signal."""
    codes = []
    until(lambda: codes.append(ended(child)) or codes[-1] is not None, what)
    return codes[-1]


def line_of(stream, what, size=-1):
    """Wait for the next line of a pipe, or so many bytes, whose writer holds nothing back."""
    assert select.select([stream], [], [], LIMIT)[0], f"waited {LIMIT} seconds for {what}"
    return stream.readline(size)


@contextmanager
def begun(command, **options):
    """A process that is gone with its pipes when the test has ended, however it ended."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def on_terminal(command, answers=(), begin=None, **options):
    """Run a command on a terminal of its own, and answer its questions.

    Answers are pairs: how the line of a question begins, and what is typed then. What begins the
    process gets the command and the terminal. Returned are the exit code, and all that was on the
    terminal, without its styles.
    """
    leader, follower = pty.openpty()
    with (
        os.fdopen(leader, "r+b", buffering=0) as terminal,
        (begin or _begun_on)(command, terminal=follower, **options) as process,
    ):
        os.close(follower)
        seen = _talk(terminal, list(answers))
        return process.wait(LIMIT), seen


def _begun_on(command, terminal, **options):
    stdio = dict.fromkeys(("stdin", "stdout", "stderr"), terminal)
    return begun([sys.executable, "-c", _LOGIN, *command], **stdio, **options)


def _talk(terminal, waiting):
    decode = codecs.getincrementaldecoder("utf-8")().decode
    seen, answer, end = "", "", time.monotonic() + LIMIT
    while True:
        ready = select.select([terminal], [], [], 10)[0]
        what = f"the question {waiting[0][0]!r}" if waiting else "the end"
        assert time.monotonic() < end, f"waited {LIMIT} seconds for {what} after {seen!r}"
        if not ready:
            if answer == CTRL_C:  # Python misses one just before it begins to wait
                terminal.write(CTRL_C.encode())
            continue
        try:
            piece = terminal.read(65536)
        except OSError:  # Linux says so when the other side has closed
            piece = b""
        if not piece:
            assert waiting == [], seen
            return seen.replace("\x00", "")
        seen = _ESCAPES.sub("", seen + decode(piece))
        while waiting and re.search(rf"\n{waiting[0][0]}[^\n]*: $", seen):
            answer = waiting.pop(0)[1]
            terminal.write((answer if answer == CTRL_C else f"{answer}\n").encode())
            seen += "\x00"  # the same question is not answered twice
