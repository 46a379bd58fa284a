"""Sources through a proxy and with certificates of the user's own authority, over real sockets."""

import datetime as dt
import socket

import curl_cffi  # noqa: F401  it reads the variables once, when it is first imported
import pandas as pd
import pytest
import servers
from proxies import OPENSSL, Proxy, authority

from eventstudy.bars.moex import MoexBars
from eventstudy.bars.yahoo import YahooBars
from eventstudy.errors import PriceError, UnreachableError
from eventstudy.prices.network.limits import RequestLimits
from eventstudy.prices.sources.moex import Moex
from eventstudy.prices.sources.yahoo import Yahoo

DAY = dt.date(2022, 1, 13)
NOW = dt.datetime(2022, 2, 1, tzinfo=dt.UTC)
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl makes the certificates")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("authority") / "keys")


@pytest.fixture
def proxy(monkeypatch, keys):
    """A proxy that is set in the environment, as is the authority of the hosts behind it."""
    look_up = socket.getaddrinfo

    def of_this_machine(host, *arguments, **named):
        if host not in ("127.0.0.1", "localhost"):
            raise socket.gaierror(f"{host} is looked up")
        return look_up(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", of_this_machine)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in BUNDLES:
        monkeypatch.delenv(name, raising=False)
    with servers.LoopbackServer() as server:
        rows = [{"begin": f"{DAY} 10:00:00", "end": f"{DAY} 10:09:59", "volume": 5}]
        rows[0] |= dict.fromkeys(("open", "high", "low", "close"), 280.5)
        server.put_candles("SBER", 10, rows)
        server.put_moex("SBER", {DAY: 280.5})
        begin = int(pd.Timestamp(f"{DAY} 10:00", tz="America/New_York").timestamp())
        server.put_bars("AAPL", "5m", {begin: (1.0, 1.0, 1.0, 170.25, 5)})
        server.put_yahoo("AAPL", {DAY: 170.25})
        with Proxy(server, keys) as running:
            monkeypatch.setenv("HTTPS_PROXY", running.address)
            yield running


def limits(*hosts):
    return RequestLimits(hosts, connect=60.0, read=60.0, total=60.0)


SOURCES = {
    "moex bars": (lambda: MoexBars(limits("iss.moex.com"), 0.0, lambda: NOW), "SBER", 280.5),
    "yahoo bars": (lambda: YahooBars(limits(".yahoo.com"), lambda: NOW), "AAPL", 170.25),
    "moex": (lambda: Moex(limits("iss.moex.com"), page_pause=0.0), "SBER", 280.5),
    "yahoo": (lambda: Yahoo(limits(".yahoo.com"), now=lambda: NOW), "AAPL", 170.25),
}


def fetch(name):
    make, symbol, close = SOURCES[name]
    options = {"minutes": 5 if name == "yahoo bars" else 10} if "bars" in name else {}
    series = make().fetch(symbol, options, DAY, DAY)
    assert series.table["close"].tolist() == [close]


@pytest.mark.parametrize("bundle", BUNDLES)
@pytest.mark.parametrize("name", SOURCES)
def test_a_proxy_and_an_authority_of_the_environment_are_used(
    proxy, keys, monkeypatch, name, bundle
):
    monkeypatch.setenv(bundle, str(keys / "ca.pem"))
    fetch(name)
    host = "iss.moex.com:443" if "moex" in name else "yahoo.com:443"
    assert proxy.asked
    assert all(asked.endswith(host) for asked in proxy.asked)


@pytest.mark.parametrize("name", SOURCES)
def test_a_certificate_of_an_unknown_authority_is_refused(proxy, name):
    with pytest.raises(UnreachableError, match=r"secure connection failed|no connection"):
        fetch(name)
    assert proxy.asked


@pytest.mark.parametrize("name", SOURCES)
def test_certificates_that_are_not_there_are_named(proxy, monkeypatch, tmp_path, name):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    with pytest.raises(PriceError, match=r"SSL_CERT_FILE is .*gone\.pem.*or unset it"):
        fetch(name)
    assert not proxy.asked


@pytest.mark.parametrize("name", ["moex bars", "moex"])
def test_a_host_of_no_proxy_is_asked_directly(proxy, keys, monkeypatch, name):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(keys / "ca.pem"))
    monkeypatch.setenv("NO_PROXY", "example.org,iss.moex.com")
    with pytest.raises(UnreachableError):
        fetch(name)  # its name is looked up, which is refused here
    assert not proxy.asked
