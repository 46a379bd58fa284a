"""The command line: arguments in, library call, path out."""

from __future__ import annotations

import gc
import os
import signal
import sys
from io import StringIO, TextIOWrapper
from types import FrameType

import click

from eventstudy.cli.add import add
from eventstudy.cli.base import INTERNAL, INTERRUPTED, USAGE
from eventstudy.cli.check import check
from eventstudy.cli.import_events import import_events
from eventstudy.cli.init import init
from eventstudy.cli.plan import plan
from eventstudy.cli.prices import prices
from eventstudy.cli.run import run
from eventstudy.cli.runs import diff, runs
from eventstudy.cli.schedule import schedule
from eventstudy.cli.show import show
from eventstudy.cli.terminal import complain, say_failed, tell
from eventstudy.cli.verify import verify
from eventstudy.versions import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96})
@click.version_option(__version__, prog_name="eventstudy")
def cli() -> None:
    """Measure what markets made of dated statements, and how sure one can be.

    A study is a file, study.toml, and the events.csv that it names; `init` writes both. Every key
    of study.toml is explained in docs/study-file.md.
    """


COMMANDS = (add, check, diff, import_events, init, plan, prices, run, runs, schedule, show, verify)
for command in COMMANDS:
    cli.add_command(command)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Take a request to end as ^C: what is half done is undone, and the run is logged."""
    raise KeyboardInterrupt


def _stand_in() -> None:
    """Open the null device for each closed standard stream, lest a file gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def _one_thread() -> None:
    """Let the linear algebra of numpy, which is not imported yet, use one thread.

    Its matrices are small: a second thread takes as much of a core again and saves no time. Where
    the user has set a number of threads, that number is kept.
    """
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    if not any(name in os.environ for name in names):
        os.environ.update(dict.fromkeys(names, "1"))


def _drop_unwritten() -> None:
    """Point a stream that takes nothing at the null device.

    What could not be written stays in its buffer; Python would try once more at its end, in vain,
    and make the exit code 120 of it.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)


def main() -> None:
    """Run the command line; a process of a pool, which reads the same script anew, runs nothing."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None and getattr(process.current_process(), "_inheriting", False):
        return
    try:
        _run()
    finally:
        _drop_unwritten()


def _run() -> None:
    _one_thread()
    _stand_in()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # an old locale shows an escape, never fails
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _interrupt)
    gc.set_threshold(50_000)  # 100,000 events are many objects, and hardly any of them garbage
    try:
        cli(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        tell("interrupted", err=True)
        os._exit(INTERRUPTED)  # sys.exit may end as a signal: Python recalls a ^C inside exec()
    except click.ClickException as error:
        said = StringIO()
        error.show(said)
        complain(said.getvalue().rstrip("\n"))
        sys.exit(USAGE)
    except OSError as error:  # of what is printed before a command begins, such as --help
        say_failed(error)
        sys.exit(INTERNAL)
