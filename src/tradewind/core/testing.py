"""pytest plug-in (`-p tradewind.core.testing`): the environment of tests, and a database that is quick to
have.

Loaded before pytest-django reads the settings, so that tests never see the settings of the person who runs
them. The embedded PostgreSQL of tests lies in `var/test-pg`, stays between runs and does not wait for the
disk. A test database is used again while no migration has changed. Two runs at once get two databases: the
second takes `test_tradewind_2`, and so on.
"""

import fcntl
import hashlib
import os
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "var" / "test"
KEEP = ("TRADEWIND_TEST_DB", "TRADEWIND_TEST_ALL")

for _name in [n for n in os.environ if n.startswith("TRADEWIND_") and n not in KEEP]:
    del os.environ[_name]
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "tradewind.core.settings",
    "TRADEWIND_DATA": str(FOLDER),
    "TRADEWIND_POSTGRES_FOLDER": str(ROOT / "var" / "test-pg"),
    "TRADEWIND_POSTGRES_DURABLE": "0",
    "TRADEWIND_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
    "TRADEWIND_LOG_LEVEL": "warning",
}

JOB_TABLES = (
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_jobs",
    "procrastinate_workers",
)

_slot: int | None = None


def pytest_configure() -> None:
    """Translations are compiled, so that pages in Chinese can be tested; hashing and emptying are made quick."""
    from tradewind.core import messages

    messages.compile_all()
    _hash_quickly()
    _flush_quickly()


def _hash_quickly() -> None:
    """Passwords are hashed slowly on purpose; tests make many people."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _flush_quickly() -> None:
    """After a test with transactions, Django truncates every table and makes permissions and content types anew: a quarter
    of a second for what mostly is empty. Here rows are deleted where there are some, and the rest, which nothing uses, is
    left out. Foreign keys are deferred, so the order does not matter.
    """
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db.backends.postgresql.operations import DatabaseOperations
    from django.db.models.signals import post_migrate

    post_migrate.disconnect(
        create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions"
    )
    post_migrate.disconnect(create_contenttypes)

    def sql_flush(
        self: Any,
        style: Any,
        tables: Sequence[str],
        *,
        reset_sequences: bool = False,
        allow_cascade: bool = False,
    ) -> list[str]:
        # The tables of jobs are not Django's to manage, but a job left over would be done by another test.
        quoted = [self.quote_name(table) for table in (*tables, *JOB_TABLES)]
        with self.connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM {t})" for t in quoted))  # noqa: S608
            return [f"DELETE FROM {row[0]}" for row in cursor.fetchall()]  # noqa: S608

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]


def _migrations_mark() -> str:
    """A digest of every migration of ours: when it changes, the test database is made anew."""
    digest = hashlib.sha256()
    for file in sorted((ROOT / "src" / "tradewind").glob("*/migrations/**/*")):
        if file.suffix in (".py", ".sql"):
            digest.update(file.read_bytes())
    for file in sorted((ROOT / "src" / "tradewind").glob("*/sql/**/*.sql")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _claim_database() -> str:
    """The first of base, base_2, base_3 ... that no other test run uses now; held by a lock until this
    process ends."""
    global _slot
    base = os.environ.get("TRADEWIND_TEST_DB") or "test_tradewind"
    FOLDER.mkdir(parents=True, exist_ok=True)
    for number in range(1, 33):
        name = base if number == 1 else f"{base}_{number}"
        handle = os.open(FOLDER / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        _slot = handle
        return name
    raise RuntimeError("32 test runs at once: wait for one to end")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Before the test database is made: the server runs, and the name is ours alone."""
    from django.db import connections

    from tradewind.core import postgres

    postgres.ensure_running()
    name = _claim_database()
    connections["default"].settings_dict["TEST"]["NAME"] = name


def _stamp() -> Path:
    from django.db import connections

    database = connections["default"].settings_dict
    server = hashlib.sha256(f"{database['HOST']}:{database['PORT']}".encode()).hexdigest()[:8]
    return FOLDER / f"{database['TEST']['NAME']}-{server}.migrated"


@pytest.fixture(scope="session")
def django_db_createdb(request: pytest.FixtureRequest, django_db_modify_db_settings: None) -> bool:
    """Make the test database anew: asked for by --create-db, or because a migration has changed."""
    stamp = _stamp()
    stale = not stamp.exists() or stamp.read_text(encoding="ascii") != _migrations_mark()
    if stale:
        stamp.unlink(missing_ok=True)
    return stale or bool(request.config.getvalue("create_db"))


def _made() -> bool:
    from django.db import connections

    return (
        _slot is not None
        and connections["default"].settings_dict["NAME"]
        == connections["default"].settings_dict["TEST"]["NAME"]
    )


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Generator[None, object, object]:
    """Note the migrations of a test database once it has been made without error."""
    outcome = yield
    if fixturedef.argname == "django_db_setup" and _made():
        _stamp().write_text(_migrations_mark(), encoding="ascii")
    return outcome
