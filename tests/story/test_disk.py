"""A full disk: nothing is sent that could not be written down first, it is said, and it goes on when there is space."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import wait_until
from tests.story.stage import Stage

pytestmark = pytest.mark.real


@contextmanager
def small_disk(folder: Path, size: str = "64k") -> Iterator[Path]:
    folder.mkdir(parents=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if made.returncode != 0:
        pytest.skip(f"no small disk can be made here (only root may mount one): {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all the space that is left."""
    hog = folder / "hog"
    with hog.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return hog


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_no_space_for_the_journal(stage: Stage) -> None:
    """Full before the worker starts, free, full again in the middle, free again."""
    stage.contacts(f"buyer{n}@{host}" for n in range(60) for host in ("gmail.com", "gmx.de", "company.de"))
    stage.everybody_is_there()
    stage.lab.habits("*", slow=0.03)
    with small_disk(stage.data / "journal") as folder, stage.processes() as running:
        books = stage.books(stage.launch())
        hog = fill(folder)
        running.start("worker")
        wait_until(lambda: "space" in running.log.read_text("utf-8"), 20, "said so")
        assert running.running["worker"].poll() is None, "it waits instead of ending"
        assert stage.lab.books()["accepted"] == 0
        hog.unlink()
        wait_until(lambda: stage.lab.books()["accepted"] > 20, 30, "it goes on")
        hog = fill(folder)
        wait_until(
            lambda: running.log.read_text("utf-8").count("worker.disk_full") >= 2 or books.sent(), 30, "again"
        )
        hog.unlink()
        books.wait(60)
    books.agree()
