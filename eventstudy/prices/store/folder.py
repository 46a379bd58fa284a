"""A folder of stored price series: a crash, a full disk or a flipped bit is always noticed.

Each series is `STEM.csv` and its sidecar `STEM.json`. Files are written beside their place,
flushed to the disk and renamed. The sidecar of a new table waits as `STEM.json.new` while the
table is put in place: whenever the writer dies, one of the two sidecars matches the table.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from eventstudy.errors import CacheError
from eventstudy.files import STORED_LIMIT, flush_folder, read_file_bytes, replacing
from eventstudy.prices.store.stored_series import Key, StoredSeries, decode, encode

VINTAGES = 5
"""Former states of a series that are kept, and damaged ones."""

NEW = ".json.new"
_SUFFIXES = (".csv", ".json")


@dataclass(frozen=True)
class SeriesFolder:
    """A folder of stored series.

    Parameters
    ----------
    path : Path
        The folder; it is made when something is first written.
    """

    path: Path

    def read(self, key: Key) -> StoredSeries | None:
        """Return a stored series; None when there is none.

        Raises
        ------
        CacheError
            When it is damaged.
        """
        try:
            return self._read(key)
        except CacheError:
            time.sleep(0.05)  # another process may be between its two renames
            return self._read(key)

    def _read(self, key: Key) -> StoredSeries | None:
        stem = key.stem
        stored, fault = self._decoded(stem, key)
        if stored is None and not (self.path / f"{stem}.csv").exists():
            if not (self.path / f"{stem}.json").exists():
                return None
            fault = "it is gone, its sidecar is there"
        if fault:
            raise CacheError(f"{stem}.csv is damaged: {fault}")
        return stored

    def _decoded(self, stem: str, key: Key | None) -> tuple[StoredSeries | None, str]:
        """Return the series in the files of a name, or what is wrong with them."""
        names = (f"{stem}.json", f"{stem}{NEW}")
        sidecars = [file for name in names if (file := self._bytes(name)) is not None]
        content = self._bytes(f"{stem}.csv")
        if content is None:
            return None, "its CSV is gone"
        fault = "it has no sidecar"
        for sidecar in sidecars:
            try:
                return self._decode(key, content, sidecar), ""
            except CacheError as error:
                fault = str(error)
        return None, fault

    def _encode(self, stored: StoredSeries) -> tuple[bytes, bytes]:
        """Return a series as two files; bars have an encoding of their own."""
        return encode(stored)

    def _decode(self, key: Key | None, content: bytes, sidecar: bytes) -> StoredSeries:
        """Return the series in two files; raises CacheError as `stored_series.decode` does."""
        return decode(key, content, sidecar)

    def _bytes(self, name: str) -> bytes | None:
        try:
            return read_file_bytes(self.path / name, STORED_LIMIT)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise CacheError(f"{name} cannot be read: {error.strerror}") from error

    def write(self, stored: StoredSeries) -> None:
        """Store a series, in place of the one that was there.

        Raises
        ------
        CacheError
            When it cannot be written; the former one is then still whole.
        """
        stem = stored.key.stem
        content, sidecar = self._encode(stored)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.put(f"{stem}{NEW}", sidecar)
            self.put(f"{stem}.csv", content)
            (self.path / f"{stem}{NEW}").replace(self.path / f"{stem}.json")
            flush_folder(self.path)
        except OSError as error:
            self.settle(stored.key)
            raise unwritable(error) from error

    def put(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all."""
        with replacing(self.path / name) as file:
            file.write(content)
        flush_folder(self.path)

    def settle(self, key: Key) -> None:
        """Finish or undo what an interrupted writer left, and sweep its temporaries.

        Only the writer of the series may call it: whoever holds its lock.
        """
        stem, waiting = key.stem, self.path / f"{key.stem}{NEW}"
        with contextlib.suppress(OSError):
            for file in self.path.glob(f".{stem}.*.tmp"):
                file.unlink(missing_ok=True)
            if not waiting.exists():
                return
            try:
                content = read_file_bytes(self.path / f"{stem}.csv", STORED_LIMIT)
                self._decode(key, content, read_file_bytes(waiting, STORED_LIMIT))
            except (CacheError, OSError):
                waiting.unlink()
            else:
                waiting.replace(self.path / f"{stem}.json")

    def set_aside(self, key: Key, moment: str) -> None:
        """Rename the files of a damaged series, so that they can be looked at."""
        for suffix in _SUFFIXES:
            file = self.path / f"{key.stem}{suffix}"
            try:
                file.replace(self.path / f"{key.stem}.damaged-{moment}{suffix}")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise unwritable(error) from error
        self._prune(key, "damaged")

    def keep_vintage(self, stored: StoredSeries, moment: str) -> None:
        """Keep a former state of a series beside it."""
        try:
            for suffix, content in zip(_SUFFIXES, self._encode(stored), strict=True):
                self.put(f"{stored.key.stem}.vintage-{moment}{suffix}", content)
        except OSError as error:
            self.settle(stored.key)
            raise unwritable(error) from error
        self._prune(stored.key, "vintage")

    def _prune(self, key: Key, kind: str) -> None:
        for suffix in _SUFFIXES:
            for file in sorted(self.path.glob(f"{key.stem}.{kind}-*{suffix}"))[:-VINTAGES]:
                with contextlib.suppress(OSError):
                    file.unlink()

    def size(self, key: Key) -> int:
        """Return the bytes that a series takes, without its former states."""
        files = (self.path / f"{key.stem}{suffix}" for suffix in _SUFFIXES)
        return sum(file.stat().st_size for file in files if file.exists())

    def stems(self) -> list[str]:
        """Return the names of all stored series and former states; damaged ones are not."""
        files = [*self.path.glob("*.csv"), *self.path.glob("*.json*")]
        names = {file.name.removesuffix(".new").rpartition(".")[0] for file in files}
        return sorted(name for name in names if ".damaged-" not in name and name[:1] != ".")

    def fault(self, stem: str) -> str:
        """Return what is wrong with the files of a name; empty when nothing is."""
        return self._decoded(stem, None)[1]


def unwritable(error: OSError) -> CacheError:
    """Return the error of a folder that cannot be written."""
    where = f" ({error.filename})" if error.filename else ""
    return CacheError(
        f"the folder of stored prices cannot be written: {error.strerror or error}{where}. Free "
        "some space, or name another folder in the environment variable EVENTSTUDY_CACHE"
    )
