"""The process that `forked` forks: all is imported there, and it has one thread.

    python fork_server.py cli NAME          it has run a study
    python fork_server.py libraries NAME    it has imported what a study needs, and not the package

The name is that of an abstract socket; the command ends when it is there, and what was started
when nobody is connected any more. It is asked for a process, with the files of its output, or
whether one has ended.
"""

import ctypes
import errno
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import tempfile
import traceback
from pathlib import Path

from waiting import LIMIT, ended

LIBRARIES = ("arch.univariate", "click", "exchange_calendars", "jinja2", "plotly.graph_objects")
LIBRARIES += ("pandas", "pydantic", "rich.table", "scipy.stats", "statsmodels.regression")
COMMANDS = ("run --quick", "show early --json", "show early", "verify", "check", "plan", "runs")


def called(arguments):
    """Call the command line; return its exit code."""
    from eventstudy.cli import main

    sys.argv = ["eventstudy", *arguments]
    return code_of(main)


def executed(arguments):
    """Run code, or a file, as Python does; return its exit code."""
    sys.path[0] = os.environ["PYTHONPATH"]
    if arguments[0] == "-c":
        _, code, *rest = arguments
        sys.argv = ["-c", *rest]
        return code_of(lambda: exec(code, {"__name__": "__main__"}))
    sys.argv = arguments
    return code_of(lambda: runpy.run_path(arguments[0], run_name="__main__"))


def code_of(run):
    """Return the exit code of a program."""
    try:
        run()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def run_all():
    """Run what imports nearly everything, and compiles the templates."""
    import small_study

    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  each fork has its own
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(small_study.write(Path(folder)))
        for command in COMMANDS:
            assert called(command.split()) == 0, command
        os.chdir("/")


def take_files(files, closed):
    """Take files for standard streams, and have none of those that are to be closed."""
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, 64)
    for number in closed:
        os.close(number)
    encoding = os.environ.get("PYTHONIOENCODING", "utf-8")
    for number, (name, mode) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
        stream = None if number in closed else os.fdopen(number, mode, encoding=encoding)
        setattr(sys, name, stream)


def lose_privileges():
    """Be held by permissions, as root is not."""
    if os.geteuid() == 0 and sys.platform == "linux":
        effective, libc = (ctypes.c_uint32 * 6)(), ctypes.CDLL(None)
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        assert libc.capget(header, effective) == 0
        effective[0] &= ~0b110  # to write and to read whatever the permissions say
        assert libc.capset(header, effective) == 0


def become(asked, output):
    """Be the process that was asked for; never return."""
    code = 1
    try:
        os.environ.clear()
        os.environ.update(asked["environment"])
        if asked["terminal"]:
            os.login_tty(output[0])
        files = (0, 1, 2) if asked["terminal"] else (os.open(os.devnull, os.O_RDWR), *output)
        take_files(files, asked.get("closed", ()))
        os.chdir(asked["cwd"])
        if not asked.get("privileged", True):
            lose_privileges()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        program, *arguments = asked["argv"]
        code = flushed(called(arguments) if program == "eventstudy" else executed(arguments))
    except BaseException:
        traceback.print_exc()
        flushed(code)
    finally:
        os._exit(code)


def flushed(code):
    """Write what waits in buffers; return the exit code, that of Python where it cannot be."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            return 120
    return code


def served(channel):
    """Answer a question; return whether anybody was there who asked."""
    message, output, *_ = socket.recv_fds(channel, 1 << 20, 2)
    if not message:
        return False
    asked = json.loads(message)
    answer = ended(asked["ended"]) if "ended" in asked else os.fork()
    if answer == 0 and "argv" in asked:
        become(asked, output)
    for file in output:
        os.close(file)
    channel.send(json.dumps(answer).encode())
    return True


def serve(listener):
    """Answer until nobody is there who could ask."""
    clients = []
    while ready := select.select([listener, *clients], [], [], None if clients else LIMIT)[0]:
        for channel in ready:
            if channel is listener:
                clients.append(listener.accept()[0])
            elif not served(channel):
                clients.remove(channel)
                channel.close()
        if not clients:
            return


def listening(name):
    """Return a socket of a name, in a process of its own; end where another has that name."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        listener.bind(f"\0{name}")
    except OSError as taken:
        if taken.errno != errno.EADDRINUSE:
            raise
        os._exit(0)
    listener.listen()
    if os.fork():
        os._exit(0)
    return listener


if __name__ == "__main__":
    socket_of_tests = listening(sys.argv[2])
    if sys.argv[1] == "cli":
        run_all()
    else:
        for name in LIBRARIES:
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # else the first collection of each fork copies all memory
    serve(socket_of_tests)
