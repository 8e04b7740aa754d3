"""The job of an import, killed at any instant and run again, ends the same."""

import os
import random
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.db import connection

from tests.audience.files import csv_of, ready, rejected
from tests.cast import Cast
from tradewind.audience.models import Consent, Contact, Import, ImportedContact, ImportState, Subscription

JOB = """
import sys, django
django.setup()
from tradewind.audience import importing
from tradewind.audience.importing import limits
limits.STAGE_ROWS, limits.MERGE_ROWS = 50, 20
print("ready", flush=True)
importing.run(int(sys.argv[1]))
"""


def _database_url() -> str:
    given = connection.settings_dict
    host = quote(given["HOST"] or "", safe="")
    return f"postgresql://{given['USER']}:{quote(given['PASSWORD'] or '')}@/{given['NAME']}?host={host}&port={given['PORT']}"


def _job(import_id: int) -> subprocess.Popen[str]:
    """The job in a process of its own, at the moment when it begins."""
    job = subprocess.Popen(
        [sys.executable, "-c", JOB, str(import_id)],
        env={**os.environ, "DATABASE_URL": _database_url()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert job.stdout is not None
    assert job.stdout.readline() == "ready\n"
    return job


def _killed(import_id: int, counter: str, reaches: int, then: float) -> bool:
    """Whether the job was still running `then` seconds after `counter` had come so far; it is gone without a word then."""
    job = _job(import_id)
    deadline = time.monotonic() + 60
    while job.poll() is None and time.monotonic() < deadline:
        if Import.objects.values_list(counter, flat=True).get(pk=import_id) >= reaches:
            time.sleep(then)
            break
        time.sleep(0.002)
    if job.poll() is not None:
        return False
    job.send_signal(signal.SIGKILL)
    job.wait()
    return True


def _picture(import_: Import) -> dict[str, object]:
    """Everything that the import left behind, without ids and times."""
    workspace = import_.workspace
    fields = (
        "email_key",
        "first_name",
        "last_name",
        "company__name",
        "company__domain",
        "country",
        "custom",
        "source",
    )
    counts = (
        "created",
        "updated",
        "unchanged",
        "subscribed",
        "kept_out",
        "rejected",
        "duplicates",
        "rows_total",
        "rows_done",
    )
    return {
        "contacts": list(
            Contact.objects.filter(workspace=workspace).order_by("email_key").values_list(*fields)
        ),
        "subscriptions": sorted(
            Subscription.objects.filter(workspace=workspace).values_list("contact__email_key", "state")
        ),
        "consents": sorted(
            (key, evidence["row"])
            for key, evidence in Consent.objects.filter(workspace=workspace).values_list(
                "contact__email_key", "evidence"
            )
        ),
        "history": sorted(
            ImportedContact.objects.filter(source_import=import_).values_list(
                "row", "contact__email_key", "outcome"
            )
        ),
        "counts": [getattr(import_, name) for name in counts],
        "rejected": rejected(import_).read_bytes(),
    }


@pytest.mark.django_db(transaction=True)
def test_killed_at_random_it_ends_the_same(cast: Cast) -> None:
    rows = [[f"p{i % 2900}@shop{i % 97}.de", f"Person {i}", f"Shop {i % 97}", "DE"] for i in range(3000)]
    rows[5::40] = [["no address", "x", "", ""] for _ in rows[5::40]]
    content = csv_of(["Email", "Name", "Company", "Country"], *rows)

    unharmed = ready(cast, content)
    assert _job(unharmed.pk).wait() == 0
    unharmed.refresh_from_db()
    assert unharmed.state == ImportState.DONE
    expected = _picture(unharmed)
    for model in (Consent, Subscription, ImportedContact, Contact):
        model.objects.all().delete()
    unharmed.workspace.companies.all().delete()

    dice = random.Random(20261122)
    import_ = ready(cast, content)
    moments = [("rows_read", 0), ("rows_read", dice.randrange(200, 2500))]
    moments += [("merged_row", row) for row in sorted(dice.randrange(1, 2500) for _ in range(4))]
    kills = sum(_killed(import_.pk, counter, reaches, dice.uniform(0, 0.03)) for counter, reaches in moments)
    import_.refresh_from_db()
    assert kills >= 3, f"killed {kills} times: this test shows nothing"
    assert 0 < import_.merged_row < 3000, "never killed between two batches: this test shows nothing"
    assert _job(import_.pk).wait() == 0
    import_.refresh_from_db()
    assert import_.state == ImportState.DONE
    assert _picture(import_) == expected
