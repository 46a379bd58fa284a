"""The session through which yfinance reaches Yahoo, within its limits."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlsplit

from curl_cffi.requests import Session
from curl_cffi.requests.exceptions import RequestException, Timeout

from eventstudy.errors import NoPricesError, PriceDataError, PriceError, UnreachableError
from eventstudy.parsing import parse_json
from eventstudy.prices.network.limits import (
    MOST_REDIRECTS,
    RequestLimits,
    Timer,
    authority,
    refusal,
)

_CHART = "/v8/finance/chart/"
_EXPLAINED = (400, 404, 422)
_COOKIES = CookieJar()
"""Kept between sessions, as yfinance keeps the crumb that belongs to them."""


class YahooSession(Session):  # type: ignore[type-arg]
    """A session that asks Yahoo only, within time and size, and keeps the chart it got.

    Failures of charts are raised as typed errors and pass through yfinance; failures of
    cookies and crumbs, which charts do without, are left to yfinance.

    Parameters
    ----------
    limits : RequestLimits
        The limits. The session is meant for one attempt: its time starts now.
    """

    chart: Mapping[str, Any] | None = None

    def __init__(self, limits: RequestLimits) -> None:
        verify: Any = True if limits.gateway else authority()
        super().__init__(impersonate="chrome", cookies=_COOKIES, verify=verify)
        self._limits = limits
        self._timer = Timer(limits.total)
        self.seconds = limits.total

    def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send a request and read its whole answer.

        Raises
        ------
        PriceError
            One of its children: a chart is no success, too large or too slow.
        """
        for _ in range(MOST_REDIRECTS + 1):
            url = self._limits.address(url)
            answer = self._answer(method, url, *args, **kwargs)
            leads = self._limits.redirect(url, answer.status_code, answer.headers)
            if not leads:
                if _is_chart(url):
                    self.chart = _checked_chart(answer)
                return answer
            url = leads
            kwargs.pop("params", None)
        raise UnreachableError("it redirects in a circle")

    def _answer(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        chart = _is_chart(url)
        body = bytearray()

        def take(piece: bytes) -> int:
            body.extend(piece)
            if len(body) > self._limits.most_bytes:
                limit = self._limits.most_bytes / 1e6
                raise PriceDataError(f"its answer is larger than {limit:g} MB and was not read")
            return len(piece)

        left = self._timer.left()
        connect = min(left, self._limits.connect)
        kwargs["timeout"] = (connect, left - connect) if chart else connect
        kwargs.update(allow_redirects=False, content_callback=take)
        try:
            answer = super().request(method, url, *args, **kwargs)
        except RequestException as error:
            if isinstance(error.__cause__, PriceError):
                raise error.__cause__ from None
            if not chart:
                raise
            slow = isinstance(error, Timeout)
            message = "no answer in time" if slow else "no connection, or it was cut"
            raise UnreachableError(message) from error
        answer.content = bytes(body)
        return answer


def _is_chart(url: str) -> bool:
    return _CHART in urlsplit(url).path


def _checked_chart(answer: Any) -> Mapping[str, Any]:
    """Return the chart of an answer; raise a typed error when it holds none."""
    error = refusal(answer.status_code, answer.headers)
    explained = error is None or answer.status_code in _EXPLAINED
    if error is not None and not explained:
        raise error
    try:
        chart = parse_json(answer.content)
    except ValueError as broken:
        if error is not None:
            raise error from broken
        raise UnreachableError("its answer is cut off, or a page for people") from broken
    explanation = _explanation(chart)
    if error is not None:
        raise _meant(error, explanation)
    if not isinstance(chart, dict) or not isinstance(chart.get("chart"), dict):
        raise PriceDataError("its answer is of another form")
    for result in chart["chart"].get("result") or ():
        if isinstance(result, dict) and _holds_truth(
            [result.get("indicators"), result.get("events")]
        ):
            raise PriceDataError("it sent true or false in the place of a number")
    return chart


def _holds_truth(content: object) -> bool:
    """Whether true or false, which Python counts as 1 and 0, is anywhere in JSON."""
    if isinstance(content, dict | list):
        values = content.values() if isinstance(content, dict) else content
        return any(map(_holds_truth, values))
    return isinstance(content, bool)


def _explanation(chart: object) -> str:
    """Return Yahoo's own explanation of why it has nothing."""
    held = chart.get("chart") if isinstance(chart, dict) else None
    error = held.get("error") if isinstance(held, dict) else None
    return str(error.get("description") or "")[:200] if isinstance(error, dict) else ""


def _meant(error: PriceError, explanation: str) -> PriceError:
    """Return the error of an answer with Yahoo's explanation of it."""
    if "doesn't exist for startDate" in explanation or "Data doesn't exist" in explanation:
        return NoPricesError(f"it says: {explanation}")
    if explanation:
        meant = type(error)(f"{error}: {explanation}")
        meant.retryable, meant.retry_after = error.retryable, error.retry_after
        return meant
    return error
