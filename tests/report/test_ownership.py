"""A report folder: whose it is, and that nothing is lost in it that no report of ours wrote."""

import hashlib
import json
import os
import random
import shutil
import signal
import stat
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kills import moments
from waiting import reaped, until

import eventstudy as es
from eventstudy.errors import OutputError
from eventstudy.report.ownership import (
    MANIFEST,
    MARK,
    damaged,
    former,
    manifest_fault,
    read_mark,
    standing_of,
)
from eventstudy.report.publish import put

PLACE = Path(es.__file__).parent.parent
STYLE = ("assets/a.css", b"css")
ONE = [STYLE, ("events/a.html", b"a"), ("events/b.html", b"b"), ("index.html", b"1")]
TWO = [STYLE, ("events/a.html", b"A"), ("events/c.html", b"c"), ("index.html", b"2")]


def tree(folder):
    """Everything below a folder: kind, mode and content, by name."""
    entries = {}
    for path in sorted(folder.rglob("*")):
        mode, name = path.lstat().st_mode, path.relative_to(folder).as_posix()
        what = str(path.readlink()) if stat.S_ISLNK(mode) else ""
        what = path.read_bytes() if stat.S_ISREG(mode) else what
        entries[name] = (stat.S_IFMT(mode), stat.S_IMODE(mode), what)
    return entries


def whole(folder):
    """The files of a report, which is as its manifest and its mark say."""
    files, mark = former(folder), read_mark(folder)
    assert files
    assert mark is not None
    assert not damaged(folder, files)
    assert manifest_fault(folder, mark) == ""
    return files


@pytest.fixture
def study(tmp_path):
    """Where a study file is; its report goes into `reports` beside it."""
    (tmp_path / "study.toml").write_text("", "utf-8")
    return tmp_path / "study.toml"


def report(study, files=ONE, **how):
    put(study.parent / "reports", files, int, study=study, **how)
    return study.parent / "reports"


def test_a_report_is_marked_and_its_id_is_kept_beside_the_study(study):
    folder = report(study)
    mark = json.loads((folder / MARK).read_text("utf-8"))
    assert mark["format"] == 1
    assert len(mark["id"]) == 32
    kept = json.loads((study.parent / ".eventstudy" / "study.toml.reports.json").read_text("utf-8"))
    digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    assert kept["reports"][mark["id"]] == [sorted(name for name, _ in ONE), digest]
    assert mark["manifest"] == digest
    report(study, TWO)
    assert json.loads((folder / MARK).read_text("utf-8"))["id"] == mark["id"]
    assert set(whole(folder)) == {name for name, _ in TWO}


def test_no_path_of_the_machine_is_in_a_report(study):
    folder = report(study)
    for path in folder.rglob("*"):
        assert not path.is_file() or str(study.parent).encode() not in path.read_bytes()


@pytest.mark.parametrize("harm", ["gone", "empty", "cut", "foreign", "of another report"])
def test_a_lost_manifest_is_repaired_and_removes_nothing(study, harm):
    folder = report(study)
    path, thesis = folder / MANIFEST, folder / "thesis.txt"
    thesis.write_text("mine", "utf-8")
    content = path.read_bytes()
    digest = hashlib.sha256(b"mine").hexdigest()
    forged = {"files": {"thesis.txt": digest, "index.html": hashlib.sha256(b"1").hexdigest()}}
    path.write_bytes(
        {"empty": b"", "cut": content[:-20], "foreign": b'{"name": "app", "files": {}}'}.get(
            harm, json.dumps(forged).encode()
        )
    )
    if harm == "gone":
        path.unlink()
    assert standing_of(folder, study).repair
    report(study, TWO)
    assert set(whole(folder)) == {name for name, _ in TWO}
    assert thesis.read_text("utf-8") == "mine"
    assert (folder / "events/b.html").read_bytes() == b"b"  # not listed any more: it stays


def test_what_is_lost_is_known_by_name_beside_the_study(study):
    """With the manifest gone, a file that was never the report's is not taken for it."""
    folder = report(study)
    (folder / MANIFEST).unlink()
    (folder / "events/c.html").write_text("mine", "utf-8")
    with pytest.raises(OutputError, match=r"would be replaced: events/c\.html"):
        report(study, TWO)
    assert (folder / "events/c.html").read_text("utf-8") == "mine"


@pytest.mark.parametrize("name", ["index.html", MANIFEST, MARK, "events/a.html"])
@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_file_in_the_way_is_refused_and_replaced_on_request(study, name, kind):
    folder = study.parent / "reports"
    path = folder / name
    path.parent.mkdir(parents=True)
    if kind == "file":
        path.write_text("mine", "utf-8")
    else:
        path.symlink_to("/dev/null")
    before = tree(folder)
    with pytest.raises(OutputError, match=f"would be replaced: {name}") as caught:
        report(study)
    assert "--output" in str(caught.value)
    assert "--adopt" in str(caught.value)
    assert tree(folder) == before
    report(study, adopt=True)
    whole(folder)


def test_a_folder_where_a_file_must_be_is_never_replaced(study):
    folder = study.parent / "reports"
    (folder / "index.html").mkdir(parents=True)
    for adopt in (False, True):
        with pytest.raises(OutputError, match=r"index\.html \(a folder\)"):
            report(study, adopt=adopt)


@pytest.mark.parametrize("inside", [True, False])
def test_a_link_in_the_folder_is_not_followed_out_of_it(study, inside):
    folder, other = study.parent / "reports", study.parent / "other"
    if inside:
        folder = report(study)
        shutil.rmtree(folder / "events")
    folder.mkdir(exist_ok=True)
    other.mkdir()
    (other / "a.html").write_text("mine", "utf-8")
    (other / "b.html").write_text("mine", "utf-8")
    (folder / "events").symlink_to(other)
    for adopt in (False, True):
        with pytest.raises(OutputError, match=r"events \(a link\)"):
            report(study, TWO, adopt=adopt)
    assert {path.read_text("utf-8") for path in other.iterdir()} == {"mine"}


def test_files_that_no_report_writes_stay(study):
    folder = study.parent / "reports"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref", "utf-8")
    (folder / "README.md").write_text("mine", "utf-8")
    (folder / "events").mkdir()
    (folder / "events" / "mine.html").write_text("mine", "utf-8")
    before = tree(folder)
    report(study)
    report(study, TWO)
    assert {name: entry for name, entry in tree(folder).items() if name in before} == before


def of_version_01(study):
    """A report as version 0.1 left it: a manifest of other form, and no mark."""
    folder = report(study)
    (folder / MARK).unlink()
    (folder / MANIFEST).write_text(json.dumps({"files": former(folder)}), "utf-8")
    shutil.rmtree(study.parent / ".eventstudy")
    return folder


def test_a_report_of_version_01_is_adopted_when_it_is_whole(study):
    folder = of_version_01(study)
    assert "version 0.1" in standing_of(folder, study).repair
    report(study, TWO)
    assert set(whole(folder)) == {name for name, _ in TWO}


def test_a_report_of_version_01_that_was_changed_is_refused(study):
    folder = of_version_01(study)
    (folder / "index.html").write_text("changed", "utf-8")
    with pytest.raises(OutputError, match=r"would be replaced: .*index\.html"):
        report(study, TWO)


def test_a_lost_mark_is_repaired_where_the_study_knows_the_report(study):
    folder = report(study)
    (folder / MARK).unlink()
    assert standing_of(folder, study).repair == "eventstudy.json is gone"
    report(study, TWO)
    whole(folder)
    (folder / MARK).unlink()
    shutil.rmtree(study.parent / ".eventstudy")
    with pytest.raises(OutputError, match=r"would be replaced"):
        report(study, ONE)


@pytest.mark.parametrize("same_place", [True, False])
def test_two_studies_do_not_share_a_folder(study, same_place):
    folder = report(study)
    other = study.with_name("other.toml") if same_place else study.parent / "b" / "study.toml"
    other.parent.mkdir(exist_ok=True)
    other.write_text("", "utf-8")
    before = tree(folder)
    with pytest.raises(OutputError, match="the report of another study"):
        put(folder, TWO, int, study=other)
    with pytest.raises(OutputError, match="the report of another study"):
        put(folder, TWO, int)  # results in memory
    assert tree(folder) == before
    put(folder, TWO, int, study=other, adopt=True)
    whole(folder)
    with pytest.raises(OutputError, match="the report of another study"):
        report(study)


def test_a_copy_and_a_clone_of_a_study_know_their_report(study, tmp_path):
    report(study)
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copytree(study.parent / "reports", copy / "reports")
    (copy / "study.toml").write_text("", "utf-8")  # as a clone: without .eventstudy
    assert standing_of(copy / "reports", copy / "study.toml").repair == ""
    study.parent.joinpath("reports").rename(tmp_path / "moved")
    assert standing_of(tmp_path / "moved", study).repair == ""  # its id is kept beside the study


@pytest.mark.parametrize("apart", [True, False])
def test_modes_empty_folders_and_a_repository_are_kept(study, apart, monkeypatch):
    folder = report(study)
    for name, mode in (("private", 0o700), ("empty", 0o755), (".git/objects", 0o500)):
        (folder / name).mkdir(parents=True)
        (folder / name).chmod(mode)
    (folder / "private" / "key").write_text("mine", "utf-8")
    (folder / "events").chmod(0o750)
    os.mkfifo(folder / "pipe")
    folder.chmod(0o700)
    before = tree(folder)
    if apart:
        monkeypatch.chdir(folder)
    inode = folder.stat().st_ino
    report(study, TWO)
    after = tree(folder)
    written = {"events/b.html", *(name for name, _ in TWO), MANIFEST, MARK}
    assert {name: entry for name, entry in before.items() if name not in written} == {
        name: entry for name, entry in after.items() if name not in {*written, "events/c.html"}
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder.stat().st_ino == inode) == apart


def test_new_files_follow_the_umask(study):
    former_mask = os.umask(0o077)
    try:
        folder = report(study)
    finally:
        os.umask(former_mask)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["[a-z]*", "re?orts", "*"])
def test_the_name_of_a_folder_is_no_pattern(study, name):
    left = study.parent / ".reports-building-4194304-0123abcd"
    left.mkdir()
    put(study.parent / name, ONE, int, study=study)
    assert left.is_dir()


def test_a_folder_that_only_looks_like_a_temporary_one_stays(study):
    mine = study.parent / ".reports-building-notes"
    mine.mkdir()
    report(study)
    assert mine.is_dir()


def test_what_comes_into_the_folder_while_the_report_is_made_stays(study):
    folder = report(study)

    def files():
        yield from TWO
        (folder / "late.txt").write_text("mine", "utf-8")
        (folder / "late").mkdir()

    report(study, files())
    assert (folder / "late.txt").read_text("utf-8") == "mine"
    assert (folder / "late").is_dir()


def test_notes_are_never_written_through_links(study, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (study.parent / ".eventstudy").symlink_to(other)
    with pytest.raises(OSError, match="is a link"):
        report(study)
    assert not list(other.iterdir())
    (study.parent / ".eventstudy").unlink()
    (study.parent / ".eventstudy").mkdir()
    precious = tmp_path / "precious"
    precious.write_text("mine", "utf-8")
    (study.parent / ".eventstudy" / "study.toml.reports.json").symlink_to(precious)
    report(study)
    assert precious.read_text("utf-8") == "mine"


NAMES = [
    "index.html",
    MANIFEST,
    MARK,
    "data/results.json",
    "data/mine.csv",
    "events/a.html",
    "events/c.html",
    "events/mine.html",
    "assets/a.css",
    "notes/mine.txt",
    "thesis.txt",
]
CONTENTS = [b"mine", b"", b"{}", b'{"files": {"thesis.txt": ""}}', b"[" * 5000]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    given_files=st.dictionaries(
        st.sampled_from(NAMES), st.sampled_from(["link", "folder", "pipe", *CONTENTS]), max_size=5
    ),
    before=st.sampled_from(["nothing", "a report", "another's", "of version 0.1"]),
    harm=st.sampled_from(["", MANIFEST, MARK, "both", ".eventstudy"]),
    apart=st.booleans(),
)
def test_no_run_changes_what_is_not_of_the_report(given_files, before, harm, apart):
    """Whatever is in the folder: without --adopt it stays, or is the report's by its manifest."""
    with tempfile.TemporaryDirectory() as made:
        study, folder = Path(made, "study.toml"), Path(made, "reports")
        study.write_text("", "utf-8")
        other = Path(made, "other.toml")
        other.write_text("", "utf-8")
        if apart:
            Path(made, "elsewhere").mkdir()
            folder.symlink_to("elsewhere")
        ours = set()
        if before != "nothing":
            put(folder, ONE, int, study=other if before == "another's" else study)
        if before == "a report":
            ours = {*former(folder), MANIFEST, MARK}
        if before == "of version 0.1":
            ours = {*former(of_version_01(study)), MANIFEST}
        for name in (MANIFEST, MARK):
            if harm in (name, "both"):
                (folder / name).unlink(missing_ok=True)
        if harm == ".eventstudy":
            shutil.rmtree(Path(made, ".eventstudy"), ignore_errors=True)
        for name, what in given_files.items():
            _plant(folder / name, what)
        there = tree(folder.resolve())
        try:
            put(folder, TWO, int, study=study)
        except OutputError:
            assert tree(folder.resolve()) == there
            return
        after = tree(folder.resolve())
        homes = {home for name in after if (home := name.rpartition("/")[0])}
        for name, entry in there.items():
            if name not in ours and name not in homes:
                assert after.get(name) == entry, name
        whole(folder)


def marked(folder):
    """Whether the mark says that files are on their way; it may be exchanged in this moment."""
    mark = read_mark(folder)
    return mark is not None and bool(mark.moving)


def _plant(path, what):
    """Put something where a user might."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if what == "link":
        path.symlink_to("/dev/null")
    elif what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(what)


@pytest.mark.slow
@pytest.mark.parametrize("apart", ["a link", "here"])
def test_kills_lose_nothing_and_the_next_run_repairs(study, apart, monkeypatch):
    """A child puts two reports in turn, over and over, until it is killed."""
    rng, folder = random.Random(11), study.parent / "reports"
    if apart == "a link":
        (study.parent / "elsewhere").mkdir()
        folder.symlink_to("elsewhere")
    pages = [[(f"events/{k}{v}.html", b"x" * 3000) for k in range(12)] for v in "pq"]
    reports = [[*own_pages, ("index.html", own_pages[0][0].encode())] for own_pages in pages]
    report(study, reports[0])
    (folder / "thesis.txt").write_text("mine", "utf-8")
    (folder / "empty").mkdir()
    if apart == "here":
        monkeypatch.chdir(folder)
    start = time.perf_counter()
    for files in reports:
        report(study, files)
    once, torn = (time.perf_counter() - start) / 2, 0
    for kill, moment in enumerate(moments(rng)):
        child = os.fork()
        if not child:
            try:
                while True:
                    for files in reports:
                        report(study, files)
            finally:
                os._exit(1)
        if kill % 4:
            time.sleep(2.2 * once * moment)
        else:  # while files are on their way
            until(lambda: marked(folder), "files on their way", pause=0.0001)
            time.sleep(once * moment / 10)
        os.kill(child, signal.SIGKILL)
        assert reaped(child, "a child that was killed") == -signal.SIGKILL
        assert (folder / "thesis.txt").read_text("utf-8") == "mine"
        assert (folder / "empty").is_dir()
        if read_mark(folder).moving:
            torn += 1
            report(study, reports[kill % 2])
        listed = whole(folder)
        assert set(listed) in [{name for name, _ in files} for files in reports]
        pages_there = {p.relative_to(folder).as_posix() for p in (folder / "events").iterdir()}
        assert pages_there | {"index.html"} == set(listed)
    assert torn  # `test_publish` kills where the folders are exchanged
    assert not list(study.parent.glob("thesis*"))
