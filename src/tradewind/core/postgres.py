"""The embedded PostgreSQL: used while DATABASE_URL is unset, shared by every command of one installation.

Whoever needs it calls `ensure_running()`: it starts the server or joins the running one, and holds a lease (a
shared lock that vanishes with the process). The last one that leaves stops the server. A server that was
killed recovers from its log at the next start.
"""

import atexit
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from tradewind.core import env, paths
from tradewind.core.children import end_with_parent
from tradewind.core.postgres_place import Place, place
from tradewind.core.postgres_tuning import options

USER = DATABASE = "tradewind"
PORT = 5432
LONGEST_LOG = 8 * 1024 * 1024
RECOVERY_PATIENCE = 900.0
"""Seconds that a server may need to replay its log after a crash."""

GIVEN_URL = env.url(
    "DATABASE_URL",
    None,
    "The PostgreSQL (15 or newer) to use. Unset: Tradewind starts its own, in the data folder.",
    schemes=("postgresql", "postgres"),
    group="Storage",
    shown="the embedded PostgreSQL",
    secret=True,
)
DURABLE = env.flag(
    "TRADEWIND_POSTGRES_DURABLE",
    True,
    "Whether the embedded PostgreSQL waits for the disk. Off, a power cut can destroy the "
    "database: for tests only.",
    group="Laboratory",
)

_lease: int | None = None
_children: list[subprocess.Popen[bytes]] = []
_log_offset = 0


def embedded() -> bool:
    """Whether the database is our own."""
    return GIVEN_URL is None


def database_url(database: str = DATABASE) -> str:
    """The URL of the database: the given one, or that of the embedded server (which need not run yet)."""
    if GIVEN_URL is not None:
        return GIVEN_URL
    where = place()
    password = paths.kept_secret("password", where.control)
    return f"postgresql://{USER}:{password}@/{database}?host={quote(str(where.sockets), safe='')}&port={PORT}"


def ensure_running(*, end_with_us: bool = False, say: Callable[[str], None] | None = None) -> None:
    """Start the embedded server, or join the running one; returns when it answers. Does nothing when
    DATABASE_URL is set.

    `end_with_us`: the kernel stops the server when this process dies, however it dies (Linux). Raises
    `EnvError` with the server's own words when it cannot start.
    """
    if not embedded():
        return
    where = place()
    _take_lease(where)
    with _locked(where.control / "start.lock"):
        if not where.data.exists():
            _create(where)
        _bring_up(where, end_with_us, say or _tell)
        _ensure_database()


def running() -> bool:
    """Whether a postmaster runs on our data folder (it may still be recovering)."""
    return _postmaster(place()) is not None


def stop(patience: float = 60.0) -> None:
    """Stop the server: open transactions are rolled back, everything committed is kept. Returns when it is
    gone."""
    pid = _postmaster(place())
    if pid is None:
        return
    for how, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 10.0)):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return
        if _gone(pid, seconds):
            return


def leave() -> None:
    """Give the lease back; when nobody else holds one, stop the server. Called by itself at the end of the
    process."""
    global _lease
    if _lease is None:
        return
    handle, _lease = _lease, None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        stop()
    finally:
        os.close(handle)


def postmaster_pid() -> int | None:
    """Process id of the running postmaster, or None."""
    return _postmaster(place())


def _take_lease(where: Place) -> None:
    global _lease
    if _lease is not None:
        return
    handle = os.open(where.control / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_SH)
    _lease = handle
    owner = os.getpid()
    atexit.register(lambda: leave() if os.getpid() == owner else None)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _postmaster(where: Place) -> int | None:
    try:
        pid = int((where.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if _is_postmaster(pid, where.data) else None


def _is_postmaster(pid: int, data: Path) -> bool:
    """A process id alone proves nothing: after a reboot another process may have it. A postmaster works in
    its data folder."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == data.resolve()
    except psutil.AccessDenied:
        return "postgres" in psutil.Process(pid).name()
    except psutil.NoSuchProcess:
        return False


def _gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        _reap()
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def _reap() -> None:
    """Ask for the end of dead children: until then they are zombies, which look alive to PostgreSQL."""
    _children[:] = [child for child in _children if child.poll() is None]


def _as_account(where: Place, end_with_us: bool) -> Callable[[], None]:
    """What the child does between fork and exec: become the account, and ask the kernel to be told of our
    death (in this order: changing the user clears that wish)."""
    account, parent = where.account, os.getpid()

    def prepare() -> None:
        if account is not None:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
        if end_with_us:
            end_with_parent(parent, signal.SIGINT)

    return prepare


def _create(where: Place) -> None:
    """initdb into a draft folder that is renamed when complete, so that a killed first start leaves nothing
    half made."""
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=where.base))
    where.give(draft)
    with tempfile.NamedTemporaryFile("w", dir=where.sockets) as password:
        password.write(paths.kept_secret("password", where.control))
        password.flush()
        where.give(Path(password.name))
        made = subprocess.run(
            [
                where.programs / "initdb",
                f"--pgdata={draft}",
                f"--username={USER}",
                f"--pwfile={password.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                *([] if DURABLE else ["--no-sync"]),
            ],
            preexec_fn=_as_account(where, False),
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
    if made.returncode != 0:
        words = (made.stderr or made.stdout).strip()
        raise env.EnvError(f"The embedded PostgreSQL could not make its data folder {where.data}: {words}")
    draft.rename(where.data)


def _start(where: Place, end_with_us: bool) -> subprocess.Popen[bytes]:
    global _log_offset
    _check_version(where)
    _forget_reused_pid(where)
    command = [str(where.programs / "postgres"), "-D", str(where.data)]
    for name, value in options(where, durable=DURABLE, port=PORT).items():
        command += ["-c", f"{name}={value}"]
    with open(_fresh_log(where), "ab") as log:
        _log_offset = log.tell()
        process = subprocess.Popen(
            command,
            preexec_fn=_as_account(where, end_with_us),
            start_new_session=True,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    _children.append(process)
    return process


def _check_version(where: Place) -> None:
    wanted = subprocess.run(
        [where.programs / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    found = (where.data / "PG_VERSION").read_text(encoding="ascii").strip()
    if wanted.split(".")[0] != found:
        raise env.EnvError(
            f"{where.data} was written by PostgreSQL {found}, the embedded one is {wanted}. Nothing was changed. "
            "Go back to the Tradewind that wrote it, dump the database with pg_dump, and restore it with this one."
        )


def _forget_reused_pid(where: Place) -> None:
    """PostgreSQL refuses to start when the number in postmaster.pid is alive as any process of its user; take
    the file away if that process is not a postmaster. (A dead number is left alone: the server uses the file
    to find orphans of a killed one.)"""
    file = where.data / "postmaster.pid"
    try:
        pid = int(file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if psutil.pid_exists(pid) and not _is_postmaster(pid, where.data):
        file.unlink(missing_ok=True)


def _bring_up(where: Place, end_with_us: bool, say: Callable[[str], None]) -> None:
    """Wait until the server answers; start it whenever none runs (it may be ending while we look)."""
    began, told, starts, own = time.monotonic(), False, 0, None
    while (trouble := _trouble()) is not None:
        waited = time.monotonic() - began
        if not running() and (own is None or own.poll() is not None):
            # Orphans of a killed server need a moment to notice and go; until then a new one is refused.
            if starts and (starts > 20 or not _orphans_in_the_way(where)):
                raise env.EnvError(
                    f"The embedded PostgreSQL did not start. Nothing was lost. It said:\n{_last_words(where)}"
                )
            time.sleep(0.5 if starts else 0)
            own, starts = _start(where, end_with_us), starts + 1
        if waited > RECOVERY_PATIENCE:
            raise env.EnvError(f"The embedded PostgreSQL does not answer: {trouble}\n{_last_words(where)}")
        if waited > 5 and not told:
            say("The database recovers what it had not yet written when it was stopped: up to some minutes.")
            told = True
        time.sleep(0.03)


def _trouble() -> str | None:
    """Why the server does not answer, or None when it does."""
    _reap()
    if not running():
        return "it does not run"
    try:
        psycopg.connect(database_url("postgres"), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):  # time does not mend that
            raise env.EnvError(_strange_password()) from None
        return str(error)
    return None


def _strange_password() -> str:
    where = place()
    return (
        f"The embedded PostgreSQL in {where.data} does not know the password in {where.control / 'password'}: "
        "the one was made anew without the other. Nothing was changed. Put the former password file back."
    )


def _orphans_in_the_way(where: Place) -> bool:
    words = _last_words(where)
    return "still in use" in words or "lock file" in words


def _fresh_log(where: Place) -> Path:
    """The server's log; a long one is put aside first."""
    log = where.control / "postgres.log"
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    return log


def _last_words(where: Place) -> str:
    """The last lines that the server we started has logged."""
    log = where.control / "postgres.log"
    if not log.exists():
        return ""
    return "\n".join(log.read_bytes()[_log_offset:].decode("utf-8", "replace").splitlines()[-12:])


def _ensure_database() -> None:
    with psycopg.connect(database_url("postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)
