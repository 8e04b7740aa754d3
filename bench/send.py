"""How fast a campaign goes out: plan, claim, compose, sign, SMTP, settle, events, by real workers into `smtp-sink` (Debian's
postfix) on this machine; beside what `openssl speed` says RSA-2048 costs here and now.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.ledger.models import Origin
    from tradewind.senders.models import Sender

SINK_PORT = 2599
PATIENCE = 900.0


def main(arguments: list[str]) -> int:
    """Returns the exit code; 2 when a tool is missing."""
    options = argparse.ArgumentParser(prog="bench send", description=__doc__)
    options.add_argument("--people", type=int, default=10_000)
    options.add_argument("--workers", type=int, default=2)
    chosen = options.parse_args(arguments)
    if missing := [tool for tool in ("smtp-sink", "openssl") if not shutil.which(tool, path=_path())]:
        print(
            f"Needed and not here: {', '.join(missing)} (Debian packages: postfix, openssl).", file=sys.stderr
        )
        return 2
    _prepare()
    from tradewind.core import postgres

    postgres.ensure_running()
    subprocess.run([sys.executable, "-m", "tradewind", "migrate", "--quiet"], check=True)
    import django

    django.setup()
    sender, version_id = _stage(chosen.people)
    result: dict[str, object] = {"people": chosen.people, "workers": chosen.workers}
    with _sink():
        for name, signed in (("unsigned", False), ("signed", True)):
            sender.domain.dkim_keys.update(active=signed)
            result |= _measure(name, sender, version_id, chosen.people, chosen.workers)
    openssl = _openssl()
    result["openssl_per_s"] = openssl
    result["ratio"] = round(float(str(result["signed_per_s"])) / openssl, 3)
    print(json.dumps(result))
    return 0


def _path() -> str:
    return os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))


def _prepare() -> None:
    """An installation of the benchmark's own, in var/bench."""
    for name in [name for name in os.environ if name.startswith("TRADEWIND_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tradewind.core.settings",
        "TRADEWIND_DATA": os.path.abspath("var/bench"),
        "TRADEWIND_LOG_LEVEL": "warning",
    }


def _stage(people: int) -> "tuple[Sender, int]":
    """An exporter with a signed domain, a relay that is the sink, and so many contacts; made once, used again."""
    from tradewind.accounts.models import User, Workspace
    from tradewind.content import starting, versions
    from tradewind.senders.dkim import make_key
    from tradewind.senders.models import Channel, Sender, SendingDomain

    sender = Sender.objects.filter(email="bench@lantern.example").select_related("domain", "channel").first()
    if sender is None:
        owner = User.objects.create_user("bench@lantern.example", "bench")
        workspace = Workspace.found("Bench", owner, company_name="Bench", postal_address="Ningbo")
        domain = SendingDomain.objects.create(
            workspace=workspace,
            name="lantern.example",
            return_path_host="bounces.lantern.example",
            tracking_host="click.lantern.example",
            state=SendingDomain.State.AUTHENTICATED,
        )
        make_key(domain)
        channel = Channel.objects.create(
            workspace=workspace,
            name="Sink",
            kind=Channel.Kind.RELAY,
            host="127.0.0.1",
            port=SINK_PORT,
            security=Channel.Security.NONE,
            max_connections=20,
            rate_per_second=1_000_000,
        )
        sender = Sender.objects.create(
            workspace=workspace, name="Bench", email="bench@lantern.example", domain=domain, channel=channel
        )
    template = sender.workspace.templates.first() or starting.from_starter(sender.workspace, "case.en")
    _contacts(sender.workspace_id, people)
    return sender, versions.freeze(template).pk


def _contacts(workspace_id: int, people: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO audience_contact (workspace_id, email, email_key, mail_domain, first_name, last_name, country,
                job_title, phone, language, time_zone, source, industry, notes, custom, created_at, updated_at)
            SELECT %(w)s, 'p' || n || '@example.test', 'p' || n || '@example.test', 'example.test', 'Ana', 'Müller', 'DE',
                '', '', 'de', '', 'Fair', 'Lighting', '', '{}', now(), now()
            FROM generate_series(1, %(n)s) n
            ON CONFLICT (workspace_id, email_key) DO NOTHING""",
            {"w": workspace_id, "n": people},
        )
        cursor.execute("ANALYZE audience_contact")


def _measure(name: str, sender: "Sender", version_id: int, people: int, workers: int) -> dict[str, float]:
    """One campaign: planning timed alone, then the workers from their start to the last settled message."""
    from tradewind.content.models import TemplateVersion
    from tradewind.core import clock
    from tradewind.ledger import origins, planning
    from tradewind.ledger.query import Query
    from tradewind.ledger.words import OriginKind
    from tradewind.senders.models import Lane

    origin = origins.open_origin(
        workspace=sender.workspace,
        kind=OriginKind.CAMPAIGN,
        name=name,
        sender=sender,
        version=TemplateVersion.objects.get(pk=version_id),
        list_ids=[],
        expires_at=clock.after(3600),
    )
    Lane.objects.filter(channel=sender.channel).update(rate_per_second=1_000_000, burst=100_000)
    began = time.monotonic()
    query = "SELECT id FROM audience_contact WHERE workspace_id = %(bench_w)s ORDER BY id LIMIT %(bench_n)s"
    planning.plan(origin, Query(query, {"bench_w": sender.workspace_id, "bench_n": people}))
    planned = time.monotonic() - began
    seconds = _send(origin, workers)
    print(f"{name}: planned {people / planned:,.0f}/s, sent {people / seconds:,.0f}/s", flush=True)
    return {f"{name}_per_s": round(people / seconds, 1), f"{name}_planned_per_s": round(people / planned, 1)}


def _send(origin: "Origin", workers: int) -> float:
    """Seconds from the first to the last event of the origin's messages, while real workers send."""
    from django.db import connection

    running = [subprocess.Popen([sys.executable, "-m", "tradewind", "worker"]) for _ in range(workers)]
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT extract(epoch FROM max(settled_at) - min(claimed_at)), "
                    "count(*) FILTER (WHERE state IN ('queued', 'claimed', 'deferred')), "
                    "count(*) FILTER (WHERE state <> 'accepted') FROM ledger_message WHERE origin_id = %s",
                    [origin.pk],
                )
                seconds, waiting, failed = cursor.fetchone()
            if not waiting:
                if failed:
                    raise SystemExit(f"{failed} messages were not accepted; see their traces.")
                return float(seconds)
            time.sleep(0.5)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)
    raise SystemExit("The campaign did not end in time.")


@contextmanager
def _sink() -> Iterator[None]:
    account = ["-u", "postfix"] if os.geteuid() == 0 else []
    sink = subprocess.Popen(
        ["smtp-sink", *account, f"127.0.0.1:{SINK_PORT}", "1000"], env={**os.environ, "PATH": _path()}
    )
    try:
        yield
    finally:
        sink.terminate()
        sink.wait(10)


def _openssl() -> float:
    """RSA-2048 signatures in a second, all cores."""
    said = subprocess.run(
        ["openssl", "speed", "-seconds", "3", "-multi", str(os.cpu_count() or 1), "rsa2048"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"^rsa\s+2048 bits\s+\S+\s+\S+\s+([\d.]+)", said, re.MULTILINE)
    assert found is not None, said
    return float(found.group(1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
