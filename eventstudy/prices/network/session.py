"""The session through which requests and apimoex reach a source, within its limits."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from typing import Any

import requests
import urllib3

from eventstudy.errors import PriceDataError, PriceError, UnreachableError
from eventstudy.prices.network.limits import (
    MOST_REDIRECTS,
    RequestLimits,
    Timer,
    authority,
    refusal,
)

_FAULTS = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError)
_PIECE = 65_536


class GuardedSession(requests.Session):
    """A session that asks allowed hosts only, within time and size, with typed errors.

    Parameters
    ----------
    limits : RequestLimits
        The limits. The session is meant for one attempt: its time starts now.
    """

    def __init__(self, limits: RequestLimits) -> None:
        super().__init__()
        self._limits = limits
        self._timer = Timer(limits.total)
        self.headers["User-Agent"] = "eventstudy (market-eventstudy on PyPI)"
        if limits.gateway:
            self.trust_env = False
        else:
            self.verify = authority()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request and read its whole answer.

        Raises
        ------
        PriceError
            One of its children: the answer is no success, too large or too slow.
        """
        for _ in range(MOST_REDIRECTS + 1):
            request.url = self._limits.address(str(request.url))
            answer = self._answer(request, kwargs)
            error = refusal(answer.status_code, answer.headers)
            leads = self._limits.redirect(str(request.url), answer.status_code, answer.headers)
            if not leads:
                if error is not None:
                    raise error
                return answer
            request.url = leads
        raise UnreachableError("it redirects in a circle")

    def _answer(
        self, request: requests.PreparedRequest, kwargs: dict[str, Any]
    ) -> requests.Response:
        read = min(self._limits.read, self._timer.left())
        connect = min(self._limits.connect, self._timer.left())
        asked = {**kwargs, "timeout": (connect, read), "stream": True, "allow_redirects": False}
        try:
            answer = super().send(request, **asked)
            try:
                answer._content = self._body(answer)
                answer._content_consumed = True
            finally:
                answer.close()
        except _FAULTS as error:
            raise UnreachableError(_words(error)) from error
        return answer

    def _body(self, answer: requests.Response) -> bytes:
        body = bytearray()
        while piece := answer.raw.read1(_PIECE, decode_content=True):
            body += piece
            self._timer.left()
            if len(body) > self._limits.most_bytes:
                limit = self._limits.most_bytes / 1e6
                raise PriceDataError(f"its answer is larger than {limit:g} MB and was not read")
        return bytes(body)


def _words(error: BaseException) -> str:
    """Say what failed, without host, address or object names."""
    names = {
        requests.exceptions.SSLError: "the secure connection failed",
        requests.exceptions.ProxyError: "the proxy failed",
        requests.exceptions.ConnectTimeout: "no connection in time",
        requests.exceptions.Timeout: "no answer in time",
        urllib3.exceptions.ReadTimeoutError: "no answer in time",
        requests.exceptions.ConnectionError: "no connection, or it was cut",
        urllib3.exceptions.DecodeError: "its answer is compressed wrongly",
    }
    words = next((text for kind, text in names.items() if isinstance(error, kind)), "")
    return words or f"the connection was cut ({type(error).__name__})"


def reading(what: str, read: Callable[[], Any]) -> Any:
    """Return what `read` returns; raise a typed error for an answer that it cannot read.

    Raises
    ------
    UnreachableError
        When the answer is no JSON at all: cut off, empty, or a page for people.
    PriceDataError
        When it is of another form.
    """
    try:
        return read()
    except PriceError:
        raise
    except requests.exceptions.JSONDecodeError as error:
        raise UnreachableError(f"{what} is cut off, or a page for people") from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise PriceDataError(f"{what} is of another form ({type(error).__name__})") from error
