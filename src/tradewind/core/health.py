"""The checks of `tradewind doctor`: each says how one thing is, in one sentence, and how to mend it."""

import shutil
import smtplib
import socket
import ssl
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from tradewind.core import dns, env, paths, postgres
from tradewind.core.postgres_place import place

LEAST_VERSION = 150000
LEAST_FREE = 1 << 30
LARGEST_SKEW = 2.0
PROBE_NAME = "example.com"
"""Reserved for documentation (RFC 2606): asking for it disturbs nobody."""


class State(StrEnum):
    """How a thing is."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `mend` is empty when there is nothing to do."""

    name: str
    state: State
    sentence: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for: a mail server whose port may be tried."""

    mx: str = ""
    port: int = 25


def examine(wishes: Wishes) -> Iterator[Finding]:
    """All checks, each guarded: one that fails in an unforeseen way is a finding, not the end."""
    for check in CHECKS:
        name = check.__name__.removeprefix("_check_")
        try:
            yield from check(wishes)
        except Exception as error:
            yield Finding(name, State.BAD, _("This check itself failed: %(why)s") % {"why": error})


def _check_settings(_wishes: Wishes) -> Iterator[Finding]:
    strays = env.unknown()
    for name, meant in strays.items():
        mend = (
            _("Did you mean %(name)s?") % {"name": meant}
            if meant
            else _("See docs/settings.md, or unset it.")
        )
        yield Finding(
            "settings", State.WARNING, _("%(name)s is set, but nothing reads it.") % {"name": name}, mend
        )
    if settings.DEBUG:
        yield Finding(
            "settings",
            State.WARNING,
            _("Debug mode is on: errors show the inside of the program."),
            _("Unset TRADEWIND_DEBUG."),
        )
    if not strays:
        yield Finding("settings", State.GOOD, _("All settings are known and can be used."))


def _check_database(_wishes: Wishes) -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
            )
            number, version = cursor.fetchone()
    except DatabaseError as error:
        yield Finding(
            "database",
            State.BAD,
            _("PostgreSQL does not answer: %(why)s") % {"why": str(error).strip()},
            _("Start it, or correct DATABASE_URL. Nothing is lost: workers and jobs go on when it is back."),
        )
        return
    kind = _("embedded") if postgres.embedded() else _("from DATABASE_URL")
    if number < LEAST_VERSION:
        yield Finding(
            "database",
            State.BAD,
            _("PostgreSQL %(version)s is too old.") % {"version": version},
            _("Use PostgreSQL 15 or newer, or unset DATABASE_URL."),
        )
        return
    yield Finding(
        "database",
        State.GOOD,
        _("PostgreSQL %(version)s (%(kind)s) answers.") % {"version": version, "kind": kind},
    )
    yield from _migrations()


def _migrations() -> Iterator[Finding]:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending:
        yield Finding(
            "migrations",
            State.BAD,
            _("The database is not in the shape that this version needs (%(count)s steps are missing).")
            % {"count": pending},
            _("Run: tradewind migrate"),
        )
    else:
        yield Finding("migrations", State.GOOD, _("The database has the shape that this version needs."))


def _check_secrets(_wishes: Wishes) -> Iterator[Finding]:
    private = [paths.DATA / "secret-key"]
    if postgres.embedded():
        private.append(place().control / "password")
    open_ones = [file for file in private if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077]
    for file in open_ones:
        yield Finding(
            "secrets",
            State.BAD,
            _("Others on this machine can read %(file)s.") % {"file": file},
            f"chmod 600 {file}",
        )
    if not open_ones:
        yield Finding("secrets", State.GOOD, _("The secret key is private. Keep a copy in another place."))


def _check_clock(_wishes: Wishes) -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            before = time.time()
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
            skew = cursor.fetchone()[0] - (before + time.time()) / 2
    except DatabaseError:
        yield Finding(
            "clock", State.SKIPPED, _("The database does not answer, so the clocks cannot be compared.")
        )
        return
    if abs(skew) > LARGEST_SKEW:
        yield Finding(
            "clock",
            State.BAD,
            _("This machine's clock and that of the database differ by %(seconds).1f s.")
            % {"seconds": abs(skew)},
            _("Switch on time synchronisation on both (timedatectl set-ntp true)."),
        )
    elif time.gmtime().tm_year < 2025:
        yield Finding(
            "clock", State.BAD, _("The clock of this machine is years behind."), "timedatectl set-ntp true"
        )
    else:
        yield Finding("clock", State.GOOD, _("This machine and the database agree about the time."))


def _check_disk(_wishes: Wishes) -> Iterator[Finding]:
    folders = {paths.data_folder()}
    if postgres.embedded():
        folders.add(place().base)
    for folder in sorted(folders):
        free = shutil.disk_usage(folder).free
        facts = {"folder": folder, "free": f"{free / (1 << 30):.1f}"}
        if free < LEAST_FREE:
            yield Finding(
                "disk",
                State.BAD,
                _("Only %(free)s GB are free for %(folder)s.") % facts,
                _("Make room: without it PostgreSQL stops. Nothing that is stored is lost."),
            )
        else:
            yield Finding("disk", State.GOOD, _("%(free)s GB are free for %(folder)s.") % facts)


def _check_dns(_wishes: Wishes) -> Iterator[Finding]:
    for server in settings.DNS_SERVERS:
        dns.nameserver(server)
    answer = dns.ask(PROBE_NAME, "NS")
    if answer.known:
        yield Finding("dns", State.GOOD, _("The DNS resolver answers."))
    else:
        yield Finding(
            "dns",
            State.BAD,
            _("The DNS resolver does not answer: %(why)s") % {"why": answer.why},
            _(
                "Without it no mail can be sent. Correct /etc/resolv.conf, or name a resolver in TRADEWIND_DNS."
            ),
        )


def _check_port_25(wishes: Wishes) -> Iterator[Finding]:
    if not wishes.mx:
        yield Finding(
            "port 25",
            State.SKIPPED,
            _("Not tried, so that no stranger's server is bothered."),
            _("To send directly, name a mail server of yours: tradewind doctor --mx mail.example.com"),
        )
        return
    facts = {"host": wishes.mx, "port": wishes.port}
    try:
        with smtplib.SMTP(wishes.mx, wishes.port, local_hostname="localhost", timeout=10) as server:
            server.quit()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding(
            "port 25",
            State.BAD,
            _("%(host)s cannot be reached on port %(port)s: %(why)s") % {**facts, "why": error},
            _(
                "Many hosters close outgoing port 25. Ask yours to open it, or send through a relay (port 587)."
            ),
        )
    else:
        yield Finding("port 25", State.GOOD, _("%(host)s greets us on port %(port)s.") % facts)


def _check_tls(_wishes: Wishes) -> Iterator[Finding]:
    count = len(ssl.create_default_context().get_ca_certs())
    where = ssl.get_default_verify_paths()
    if count or (where.capath and any(Path(where.capath).glob("*.0"))):
        yield Finding("tls", State.GOOD, _("Certificates of mail servers and web sites can be verified."))
    else:
        yield Finding(
            "tls",
            State.BAD,
            _("This machine trusts no certification authority, so no certificate can be verified."),
            "apt-get install ca-certificates",
        )
    if settings.PUBLIC_URL.startswith("http://") and not _local(settings.PUBLIC_URL):
        yield Finding(
            "tls",
            State.WARNING,
            _("TRADEWIND_URL is not encrypted: %(url)s") % {"url": settings.PUBLIC_URL},
            _("Put a reverse proxy with a certificate in front, and begin TRADEWIND_URL with https://."),
        )


def _local(url: str) -> bool:
    return any(f"//{host}" in url for host in ("127.", "localhost", "[::1]"))


def _check_pages(_wishes: Wishes) -> Iterator[Finding]:
    if (paths.PACKAGE / "web" / "static" / "dist" / "manifest.json").exists():
        yield Finding("pages", State.GOOD, _("Styles and scripts of the pages are there."))
    else:
        yield Finding("pages", State.BAD, _("Styles and scripts of the pages are missing."), "make assets")


def _check_ports(_wishes: Wishes) -> Iterator[Finding]:
    for name, host, port in (
        ("web", settings.WEB_HOST, settings.WEB_PORT),
        ("inbound", settings.INBOUND_HOST, settings.INBOUND_PORT),
    ):
        yield _port(name, host, port)


def _port(name: str, host: str, port: int) -> Finding:
    facts = {"part": name, "host": host, "port": port}
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        if sys.platform != "win32":
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError as error:
            return Finding(
                f"port of {name}",
                State.WARNING,
                _("%(host)s port %(port)s cannot be used for %(part)s now: %(why)s")
                % {**facts, "why": error.strerror},
                _("Well, if Tradewind runs already; otherwise end what uses it, or choose another port."),
            )
    return Finding(f"port of {name}", State.GOOD, _("%(host)s port %(port)s is free for %(part)s.") % facts)


CHECKS: tuple[Callable[[Wishes], Iterator[Finding]], ...] = (
    _check_settings,
    _check_database,
    _check_secrets,
    _check_clock,
    _check_disk,
    _check_dns,
    _check_port_25,
    _check_tls,
    _check_pages,
    _check_ports,
)
