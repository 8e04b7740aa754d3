"""Uploaded files and the files of rejected rows, in the folder `imports` of the data folder."""

import os
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from tradewind.audience.importing import limits
from tradewind.audience.importing.problems import FileProblem, ImportProblem
from tradewind.core import paths

FOLDER = "imports"


def full(path: str) -> Path:
    """The file at a path below the data folder."""
    return paths.data_folder() / path


def rejected_path(import_id: int) -> str:
    return f"{FOLDER}/{import_id}-rejected.csv"


def store(chunks: Iterable[bytes]) -> tuple[str, int]:
    """Write an upload; (path below the data folder, bytes). ImportProblem: too big, or the disk is full; nothing is left."""
    paths.made(paths.data_folder() / FOLDER)
    path = f"{FOLDER}/{uuid4().hex}.csv"
    target = full(path)
    size = 0
    try:
        with target.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limits.MOST_MIB * 1024 * 1024:
                    raise ImportProblem(FileProblem.TOO_BIG, limit=limits.MOST_MIB)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        target.unlink(missing_ok=True)
        raise ImportProblem(FileProblem.DISK, why=error.strerror) from error
    except ImportProblem:
        target.unlink(missing_ok=True)
        raise
    return path, size


def remove(path: str) -> None:
    """Forget a file; it may be gone already."""
    if path:
        full(path).unlink(missing_ok=True)
