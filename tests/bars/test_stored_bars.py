"""What is stored of bars: listed, refreshed, verified, frozen, pruned; by call and by command."""

import json

import pytest
from click.testing import CliRunner
from live_bars import END, POLICY, REQUESTS, START, candles, served
from servers import status

import eventstudy as es
from eventstudy.bars.maintenance import bar_holdings, gather_bars, refresh_bars, verify_bars
from eventstudy.bars.store import bar_cache, frozen_folder
from eventstudy.cli import cli
from eventstudy.errors import PriceError

MOEX = {"A": REQUESTS["moex"]}
STUDY = """
events = "events.csv"
timezone = "Europe/Moscow"
start = 2022-01-12

[assets.IMOEX]
source = "sample"
symbol = "IMOEX"

[bars.SBER]
source = "moex"
symbol = "SBER"

[bars.FILE]
source = "csv"
path = "bars.csv"
market = "XMOS"
timezone = "Europe/Moscow"
label = "start"
"""
ROWS = "time,close\n2022-01-13 12:00,280\n2022-01-13 12:10,281\n"


def load(request=MOEX, **options):
    return es.load_bars(request, start=START, policy=POLICY, **options)


def flipped(file):
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(bytes(content))


@pytest.fixture
def server(monkeypatch, tmp_path):
    with served(monkeypatch, tmp_path) as running:
        yield running


@pytest.fixture
def study(server, tmp_path, monkeypatch):
    """A study with bars of a live source and of a file; its folder is the current one."""
    (tmp_path / "study.toml").write_text(STUDY)
    (tmp_path / "events.csv").write_text("event_id,date,time,title\na,2022-01-13,11:00,A\n")
    (tmp_path / "bars.csv").write_text(ROWS)
    monkeypatch.chdir(tmp_path)
    return server


def command(*arguments, code=0):
    done = CliRunner().invoke(cli, ["prices", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_frozen_bars_ask_nobody(server, tmp_path):
    first = load()["A"]
    assert gather_bars(MOEX, tmp_path, offline=True).keep(tmp_path).kept == ("A",)
    asked = server.count("moex")
    again = load(refresh="always", folder=tmp_path)["A"]
    assert (again.sha256, server.count("moex")) == (first.sha256, asked)
    (held,) = bar_holdings(MOEX, tmp_path)
    assert (held.asset, held.where, held.rows, held.first) == ("bars of A", "frozen", 24, START)


def test_frozen_bars_that_are_gone_or_changed_are_not_asked_for_again(server, tmp_path):
    load()
    gather_bars(MOEX, tmp_path, offline=True).keep(tmp_path)
    (file,) = frozen_folder(tmp_path).path.glob("*.csv")
    asked = server.count("moex")
    flipped(file)
    with pytest.raises(PriceError, match=r"prices/bars/.* is damaged.*Restore it"):
        load(folder=tmp_path)
    assert verify_bars(MOEX, tmp_path)["prices/bars: A"]
    file.unlink()
    file.with_suffix(".json").unlink()
    with pytest.raises(PriceError, match=r"prices/bars/.*csv is gone.*prices freeze"):
        load(folder=tmp_path)
    assert server.count("moex") == asked


def test_a_study_is_frozen_whole_or_not_at_all(server, tmp_path):
    server.inject("yahoo", status(500), always=True)
    both = {"A": REQUESTS["moex"], "B": REQUESTS["yahoo"]}
    with pytest.raises(PriceError, match="bars of B: yahoo AAPL"):
        gather_bars(both, tmp_path, start=START, policy=POLICY)
    assert not (tmp_path / "prices").exists()


def test_stored_bars_are_listed(server, tmp_path):
    request = {**MOEX, "S": "sample:SBER"}
    assert [held.where for held in bar_holdings(request, tmp_path)] == ["nowhere", "package"]
    load()
    held = bar_holdings(request, tmp_path)[0]
    assert (held.where, held.rows, held.due) == ("cache", 24, False)
    assert held.size > 500
    assert server.count("moex") == 5


def test_bars_are_refreshed_and_what_is_new_is_told(server, tmp_path):
    server.put_candles("SBER", 10, candles()[:12])
    load()
    revised = candles()
    revised[11]["close"] += 0.25
    server.put_candles("SBER", 10, revised)
    (done,) = refresh_bars(MOEX, tmp_path, start=START, policy=POLICY)
    assert (done.asset, done.rows, done.added, done.last) == ("bars of A", 24, 12, END)
    assert any("1 past bars revised" in note for note in done.notes)
    server.inject("moex", status(500), always=True)
    (failed,) = refresh_bars(MOEX, tmp_path, start=START, policy=POLICY)
    assert failed.rows == 24
    assert "Stored bars are used" in failed.failed


def test_commands_on_the_bars_of_a_study(study):
    assert "bars of SBER" in command("list")
    assert "bars of SBER: 24 bars added" in command("refresh", "SBER")
    told = command("refresh")
    assert "bars of SBER: 0 bars added, 24 until 2022-01-13" in told
    assert "nothing to refresh: it is your own file" in command("refresh", "FILE")
    listed = json.loads(command("list", "--json"))
    held = {one["asset"]: one["where"] for one in listed}
    assert held == {"IMOEX": "package", "bars of SBER": "cache", "bars of FILE": "file"}
    assert "`eventstudy prices --prune` leaves at most 500." in command("list")
    assert study.count("moex") == 10  # five requests each


def test_a_series_that_the_study_has_not(study):
    assert "no series 'SBRE' in the study. Did you mean" in command("refresh", "SBRE", code=2)
    assert study.count("moex") == 0


@pytest.mark.usefixtures("study")
def test_verify_looks_at_bars_in_the_cache_beside_the_study_and_in_files(tmp_path):
    command("freeze")
    assert "0 damaged" in command("verify")
    checked = json.loads(command("verify", "--json"))["checked"]
    assert checked == 4  # the cache, the index and Sberbank beside the study, the file
    (tmp_path / "bars.csv").write_text(ROWS.replace("281", "282"))
    assert "file: bars of FILE: its bars are not those" in command("verify", code=1)
    flipped(next(bar_cache().path.glob("*.csv")))
    flipped(next(frozen_folder(tmp_path).path.glob("*.csv")))
    told = command("verify", code=1)
    assert "4 stored series checked, 3 damaged." in told
    assert "cache: bars/moex-SBER" in told
    assert "prices/bars: SBER: the SHA-256 of its CSV is not the one in its sidecar" in told


def test_freeze_keeps_bars_and_says_which_files_stay(study, tmp_path):
    told = command("freeze")
    assert "Kept in prices: IMOEX." in told
    assert "Bars kept there: SBER." in told
    assert "Your own files, which stay where they are: bars of FILE." in told
    asked = study.count("moex")
    assert json.loads(command("freeze", "--json", "--offline"))["bars"]["kept"] == ["SBER"]
    bars = es.Study.read(tmp_path / "study.toml").bars
    assert (bars.assets, study.count("moex")) == (("SBER", "FILE"), asked)


@pytest.mark.usefixtures("server")
def test_pruning_takes_former_states_and_the_oldest_beyond_the_cap():
    load()
    load({"A": REQUESTS["yahoo"]})
    stored = bar_cache()
    (stored.path / "x.vintage-1.csv").write_text("old")
    removed, stays = stored.prune()
    assert (removed, stays) == (1, stored.bytes())
    assert len(stored.stems()) == 2
    removed, stays = stored.prune(cap=stays - 1)
    assert (removed, len(stored.stems())) == (2, 1)


@pytest.mark.usefixtures("server")
def test_the_command_prunes_and_says_the_cap():
    load()
    assert "0 files of bars removed; 0.0 MB stay, of at most 500." in command("--prune")
