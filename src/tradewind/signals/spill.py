"""Requests on disk while the database is away: one file per process, JSON lines, fsync before the answer."""

import contextlib
import fcntl
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import structlog

log = structlog.get_logger()


class Spill:
    """A living process holds a lock on its file; files without one were left by processes that are
    gone, and are taken over.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"hits-{os.getpid()}-{uuid.uuid4().hex[:8]}.jsonl"
        self._file: BinaryIO | None = None

    def keep(self, rows: Sequence[dict[str, Any]]) -> bool:
        """True when the rows are on disk for certain."""
        try:
            file = self._opened()
            file.seek(0, os.SEEK_END)
            file.write(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
            file.flush()
            os.fsync(file.fileno())
        except OSError as problem:
            log.error(
                "spill_failed",
                problem=str(problem),
                path=str(self._path),
                sentence="Neither database nor disk took a request.",
            )
            return False
        return True

    def batches(self, size: int) -> Iterator[list[dict[str, Any]]]:
        """What lies in all files that may be read, batch by batch; a file is emptied when the reader has asked for all of it.

        A reader that stops early leaves the file, and meets the same rows again.
        """
        for path in sorted(self._folder.glob("hits-*.jsonl")) if self._folder.is_dir() else []:
            file = self._file if path == self._path else _adopted(path)
            if file is None:
                continue
            try:
                yield from _read(file, size)
                self._done(path, file)
            finally:
                if file is not self._file:
                    file.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+b")
            fcntl.flock(file, fcntl.LOCK_EX)
            self._file = file
            _sync_folder(self._folder)
        return self._file

    def _done(self, path: Path, file: BinaryIO) -> None:
        if file is self._file:
            file.truncate(0)
            os.fsync(file.fileno())
        else:
            path.unlink(missing_ok=True)


def _adopted(path: Path) -> BinaryIO | None:
    """The file of a process that is gone; None if its process lives."""
    try:
        file = path.open("r+b")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _read(file: BinaryIO, size: int) -> Iterator[list[dict[str, Any]]]:
    file.seek(0)
    batch: list[dict[str, Any]] = []
    for line in file:
        # The last line may be torn: it was never acknowledged.
        with contextlib.suppress(ValueError):
            batch.append(json.loads(line))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _sync_folder(folder: Path) -> None:
    """The name of a new file survives a crash only when its folder is synced as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
