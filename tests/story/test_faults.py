"""What goes wrong around a running campaign: nothing is lost, nothing is sent twice, and the cause can be read."""

import signal
import time
from collections.abc import Callable, Iterator

import pytest

from tests.processes import wait_until
from tests.story.conftest import accepted
from tests.story.stage import Stage
from tradewind.core import clock
from tradewind.ledger.models import Attempt, Event, Message
from tradewind.senders import checks, tasks
from tradewind.senders.models import MailDomain, SendingDomain


def companies(count: int) -> list[str]:
    return [f"buyer{n}@company{n % 14}.de" for n in range(count)]


# --- receivers that count connections ------------------------------------------------------------


def test_fewer_connections_than_the_catalogue_says(stage: Stage) -> None:
    """A 421 at the door lowers the number of sessions; no letter is put off for it."""
    stage.lab.habits("*", max_connections=2)
    stage.contacts(
        [f"buyer{n}@{host}" for n in range(12) for host in ("gmail.com", "gmx.de", "company.de", "lumen.fr")]
    )
    stage.everybody_is_there()
    books = stage.books(stage.launch())
    with stage.processes("worker"):
        books.wait()
    books.agree()
    put_off = [attempt for attempt in books.attempts() if attempt.reply_code == 421]
    assert len(put_off) <= 2, [(a.mx_host, a.reply_text) for a in put_off]


# --- the worker dies ------------------------------------------------------------------------------


@pytest.mark.real
def test_a_worker_killed_three_times(stage: Stage) -> None:
    """kill -9 in the middle: what was at the final dot is unknown, all else is sent once."""
    stage.contacts(companies(500))
    stage.everybody_is_there()
    stage.lab.habits("*", slow=0.02)
    books = stage.books(stage.launch())
    with stage.processes("worker") as running:
        for part in (1, 2, 3):
            wait_until(accepted(stage.lab, 60 * part), 40, f"life {part}")
            running.stop("worker", signal.SIGKILL)
            running.start("worker")
        books.wait(90)
    ours, theirs = books.states(), stage.lab.books()
    assert theirs["duplicates"] == 0
    assert sum(ours.values()) == 500
    assert set(ours) <= {"accepted", "unknown", "refused"}
    assert ours["accepted"] <= theirs["accepted"] <= ours["accepted"] + ours["unknown"]
    assert (
        Attempt.objects.filter(message__origin=books.origin, outcome="accepted").count() == ours["accepted"]
    )


# --- the DNS does not answer ----------------------------------------------------------------------


@pytest.fixture
def silence(stage: Stage) -> Iterator[Callable[..., None]]:
    """Makes zones fall silent in a way, until the end of the test."""
    silent: set[str] = set()

    def fall(mode: str, *zones: str) -> None:
        silent.update(zones)
        for zone in zones:
            stage.lab.dns_mode(zone, mode)

    yield fall
    fall("ok", *silent)


@pytest.mark.parametrize("mode", ["timeout", "servfail"])
def test_our_own_dns_does_not_answer(stage: Stage, silence: Callable[..., None], mode: str) -> None:
    """Silence is not absence: the check says that nothing is known, and the domain goes on sending."""
    domain = stage.sender.domain
    silence(mode, domain.name)
    results = checks.check(domain)
    assert {result.state for result in results} == {"unknown"}
    domain.refresh_from_db()
    assert domain.state == SendingDomain.State.UNKNOWN
    stage.contacts(["anna@gmail.com"])
    assert not stage.draft_report().blocks
    silence("ok", domain.name)
    checks.check(domain)
    domain.refresh_from_db()
    assert domain.state == SendingDomain.State.AUTHENTICATED


@pytest.mark.parametrize("mode", ["timeout", "servfail"])
def test_the_dns_of_contacts_does_not_answer(stage: Stage, silence: Callable[..., None], mode: str) -> None:
    """They wait with the reason, untried; the others go; and they go when the DNS is back."""
    stage.contacts(["here@gmail.com", "anna@company1.de", "bob@company1.de"])
    stage.everybody_is_there()
    silence(mode, "company1.de")
    books = stage.books(stage.launch())
    with stage.processes("worker", "project"):
        wait_until(lambda: books.states()["accepted"] == 1, 20, "the one whose DNS answers")
        wait_until(lambda: books.reasons()["mail_server_unknown"] == 2, 10, "the others wait")
        assert not Attempt.objects.filter(message__email__endswith="company1.de").exists()
        silence("ok", "company1.de")
        stale = MailDomain.objects.filter(name="company1.de")
        wait_until(lambda: stale.filter(fresh_until__lt=clock.now()).exists(), 5, "asked again")
        tasks.ask_again(timestamp=0)  # the job that the clock calls every five minutes
        books.wait()
    books.agree()


# --- no answer to the final dot -------------------------------------------------------------------


@pytest.mark.parametrize("fate", ["filed", "lost"])
def test_no_answer_to_the_final_dot(stage: Stage, fate: str) -> None:
    """Nobody knows whether it was taken, so it is never sent again, and shown as what it is."""
    stage.contacts(f"buyer{n}@{host}" for n in range(3) for host in ("gmail.com", "gmx.de"))
    stage.everybody_is_there()
    stage.lab.habits("gmx", drop_after_dot=fate)
    books = stage.books(stage.launch())
    with stage.processes("worker"):
        books.wait()
        stage.lab.habits("gmx", restore=True)
        time.sleep(1.5)  # mail time: fifty minutes in which nothing may be tried again
    books.agree(unknown=3)
    assert stage.lab.books()["accepted"] == (6 if fate == "filed" else 3)
    in_doubt = Message.objects.filter(origin=books.origin, state="unknown")
    assert set(in_doubt.values_list("email", "attempts")) == {(f"buyer{n}@gmx.de", 1) for n in range(3)}
    attempt = Attempt.objects.get(message=in_doubt[0])
    assert (attempt.phase, attempt.outcome) == ("dot", "unknown")
    assert Event.objects.filter(message=in_doubt[0], type="unknown").exists()
