"""Which hosts may be asked, for how long and how much, and what the status of an answer means."""

from __future__ import annotations

import datetime as dt
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from eventstudy.errors import NoSuchSymbolError, PriceError, RateLimitedError, UnreachableError

MOST_REDIRECTS = 3
"""Redirects within the allowed hosts that are followed."""

_REDIRECTS = (301, 302, 303, 307, 308)
_WHOLE = re.compile(r"[0-9]{1,9}")
_LATER = (408, 425, 429)


@dataclass(frozen=True)
class RequestLimits:
    """Limits of the requests to a source.

    Parameters
    ----------
    hosts : tuple of str
        Hosts that may be asked; ``".yahoo.com"`` stands for a domain and all its hosts.
    gateway : str
        Address of a server that answers for all of them under ``/host/path``, such as
        ``"http://127.0.0.1:8080"``: a mirror, or a test. Nothing else is asked then.
    connect : float
        Seconds for a connection.
    read : float
        Seconds between two pieces of an answer.
    total : float
        Seconds for all requests of one attempt.
    most_bytes : int
        Largest answer that is read, in bytes, after decompression.
    """

    hosts: tuple[str, ...]
    gateway: str = ""
    connect: float = 10.0
    read: float = 20.0
    total: float = 90.0
    most_bytes: int = 32_000_000

    def address(self, url: str) -> str:
        """Return the address to ask for a URL.

        Raises
        ------
        UnreachableError
            When the URL is not https on an allowed host.
        """
        split = urlsplit(url)
        gateway = urlsplit(self.gateway)
        if self.gateway and (split.scheme, split.netloc) == (gateway.scheme, gateway.netloc):
            return url
        host = (split.hostname or "").casefold()
        allowed_host = any(
            host.endswith(allowed) if allowed.startswith(".") else host == allowed
            for allowed in self.hosts
        )
        if split.scheme != "https" or not allowed_host or split.port or split.username:
            shown = f"{split.scheme}:{host}"
            raise UnreachableError(f"it would lead to another place, {shown}, which is not asked")
        if not self.gateway:
            return url
        query = f"?{split.query}" if split.query else ""
        return f"{self.gateway}/{host}{split.path or '/'}{query}"

    def redirect(self, url: str, status: int, headers: Mapping[str, str]) -> str:
        """Return where an answer leads, an allowed address; empty when it is no redirect.

        Raises
        ------
        UnreachableError
            When it leads elsewhere.
        """
        where = headers.get("Location") or headers.get("location") or ""
        return self.address(urljoin(url, where)) if where and status in _REDIRECTS else ""


AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Environment variables that name the certificates of a network's own authority, the first set."""


def authority() -> str | bool:
    """Return the file or folder of certificates that the environment names; True = the usual ones.

    Raises
    ------
    PriceError
        When there is none of that name.
    """
    for name in AUTHORITIES:
        if path := os.environ.get(name):
            if Path(path).exists():
                return path
            raise PriceError(
                f"{name} is {path!r}, and there is no such file: name the certificates of your "
                "network's authority, or unset it"
            )
    return True


class Timer:
    """The seconds that are left of an attempt."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.seconds = seconds

    def left(self) -> float:
        """Return the seconds that are left.

        Raises
        ------
        UnreachableError
            When none are.
        """
        left = self.ends - time.monotonic()
        if left <= 0:
            raise UnreachableError(f"no complete answer within {self.seconds:g} seconds")
        return left


def refusal(status: int, headers: Mapping[str, str]) -> PriceError | None:
    """Return the error that the status of an answer means; None when it is a success."""
    if status < 300:
        return None
    error: PriceError
    if status == 429:
        error = RateLimitedError("it refuses more requests for now (HTTP 429)")
    elif status >= 500 or status in _LATER:
        error = UnreachableError(f"it has a fault of its own (HTTP {status})")
    elif status in (404, 410):
        error = NoSuchSymbolError(f"it has no such series (HTTP {status})")
    else:
        error = UnreachableError(f"it refuses the request (HTTP {status})")
        error.retryable = False
    error.retry_after = _seconds(headers.get("Retry-After") or headers.get("retry-after") or "")
    return error


def _seconds(text: str) -> float | None:
    """Return the seconds that a Retry-After header asks for, in either of its forms."""
    if _WHOLE.fullmatch(text.strip()):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):  # what is neither form asks for nothing
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds())
