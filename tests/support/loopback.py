"""A live price source over a real HTTP server on this machine, and its wire format.

`python -m loopback URL ARGUMENTS...` is the command line with that source in it.
"""

import datetime as dt
import http.server
import json
import logging
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

import pandas as pd
from waiting import LIMIT

from eventstudy.errors import NoPricesError, NoSuchSymbolError, PriceDataError, UnreachableError
from eventstudy.prices import Clock, PriceSeries, loading
from eventstudy.prices.network.retries import Policy

loading.POLICY = Policy(
    attempts=1, deadline=LIMIT, attempt=LIMIT
)  # tests of what is stored shall not wait for a dead source

NAME = "loop"


class LoopSource:
    """Prices from a server of this machine, as JSON columns."""

    name = NAME
    summary = "prices of the tests"
    examples = ("AAA",)
    options = ("board",)
    pause = 0.0

    def __init__(self, url):
        self.url = url

    def check(self, symbol, _options):
        if not symbol.isalnum():
            raise NoSuchSymbolError(f"{symbol!r} is no symbol. Write letters and digits.")

    def fetch(self, symbol, options, start, end):
        query = urllib.parse.urlencode({"from": start, "to": end, **options})
        try:
            with urllib.request.urlopen(f"{self.url}/{symbol}?{query}", timeout=LIMIT) as answer:
                content = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            error.close()
            kind = NoSuchSymbolError if error.code == 404 else UnreachableError
            raise kind(f"the server answers {error.code}") from None
        except OSError as error:
            raise UnreachableError("the server cannot be reached") from error
        except ValueError as error:
            raise PriceDataError("the answer is not JSON") from error
        days = content.pop("date")
        if not days:
            raise NoPricesError("no prices")
        return PriceSeries(
            table=pd.DataFrame(content, index=pd.DatetimeIndex(days), dtype=float),
            clock=Clock("17:30", "Europe/London"),
            currency="GBP",
            quote="pounds: up = it rises",
            attribution="Source: the tests",
            arguments={"from": str(start), "to": str(end)},
            versions={"loop": "1"},
        )


class Server:
    """What a loopback server knows: tables by symbol; it records what it is asked."""

    def __init__(self):
        self.tables = {}
        self.asked = []
        self.failing = {}
        self.gate = threading.Event()
        self.gate.set()
        self.url = ""

    def answer(self, path):
        """Return the status and the body of an answer."""
        place = urllib.parse.urlparse(path)
        symbol, query = place.path.strip("/"), dict(urllib.parse.parse_qsl(place.query))
        self.asked.append((symbol, query["from"], query["to"]))
        assert self.gate.wait(LIMIT), "nobody opened the gate"
        if symbol in self.failing or symbol not in self.tables:
            return self.failing.get(symbol, 404), b"no"
        table = self.tables[symbol].loc[query["from"] : query["to"]]
        columns = {name: table[name].tolist() for name in table}
        days = [f"{day:%Y-%m-%d}" for day in table.index]
        return 200, json.dumps({"date": days, **columns}).encode()


@contextmanager
def serving():
    """A loopback server that is up; it gives its `Server`."""
    state = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = state.answer(self.path)
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # whoever asked was killed

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield state
        finally:
            state.gate.set()
            server.shutdown()
            thread.join(LIMIT)


def closes(seed=1, start="2020-01-01", until=None):
    """A table of made-up closes, a price for every working day."""
    import numpy as np

    days = pd.bdate_range(start, until or dt.date.today() - dt.timedelta(days=1))
    steps = np.random.default_rng(seed).normal(0, 0.01, len(days))
    return pd.DataFrame({"close": (100 * np.exp(steps.cumsum())).round(4)}, index=days)


def main():
    """Run the command line with the source of a server in it."""
    from eventstudy.cli import main as command_line
    from eventstudy.prices import SOURCES

    url = sys.argv.pop(1)
    if sys.argv[1] == "--log-locks":
        del sys.argv[1]
        logging.basicConfig()
        logging.getLogger("filelock").setLevel("DEBUG")
    SOURCES[NAME] = LoopSource(url)
    command_line()


if __name__ == "__main__":
    main()
