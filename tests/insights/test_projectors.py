"""Firsts and counts: against a model in plain Python, under replay, under revised verdicts, and rebuilt
from zero.
"""

import time
from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.insights.scene import START, Stage, last_event, make_stage
from tradewind.insights.models import Engagement, LinkClick, Rollup
from tradewind.insights.projectors import PROJECTORS, apply, clear
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.models import Message
from tradewind.ledger.projectors import Span, catch_up, rebuild
from tradewind.ledger.words import EventType

PEOPLE, MACHINES = ("person", "likely_person"), ("machine", "likely_machine")
LAST_WORDS = ("skipped", "refused", "expired", "unknown", "bounced")


def counts(stage: Stage) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in Rollup.objects.filter(origin=stage.origin):
        found[row.step] += row.count
    return dict(found)


def expected(history: list[tuple[int, str, dict[str, Any]]]) -> dict[str, int]:
    """The same figures, computed the slow and obvious way: message by message, over the whole history."""
    total: Counter[str] = Counter()
    for message in {m for m, _, _ in history}:
        mine = [(kind, data) for m, kind, data in history if m == message]
        kinds = [kind for kind, _ in mine]
        words = [
            kind for kind in kinds if kind in (*LAST_WORDS, "queued", "accepted", "deferred", "returned")
        ]
        verdicts = {
            (kind, data["hit"]): data["verdict"] for kind, data in mine if kind in ("opened", "clicked")
        }
        shows = {data["hit"]: data["shows_inbox"] for kind, data in mine if kind in ("opened", "clicked")}
        steps = {kind for kind in kinds if kind in ("replied", "auto_replied", "unsubscribed", "complained")}
        if words and words[-1] in LAST_WORDS:
            steps.add(words[-1])
        if {"queued", "skipped"} & set(kinds):
            steps.add("planned")
        if {"accepted", "bounced"} & set(kinds):
            steps.add("accepted")
        if any(shows.values()) or steps & {"replied", "unsubscribed", "complained"}:
            steps.add("inbox")
        for kind in ("opened", "clicked"):
            found = {verdict for (k, _), verdict in verdicts.items() if k == kind}
            human, machine = found & set(PEOPLE), found & set(MACHINES)
            steps |= {f"{kind}_human"} if human else set()
            steps |= {f"{kind}_machine"} if machine else set()
            steps |= {f"{kind}_only_machine"} if machine and not human else set()
            steps |= {f"{kind}_unsure"} if "unknown" in found and not human and not machine else set()
        total.update(steps)
    return dict(total)


hits = st.integers(0, 2)
verdicts = st.sampled_from([*PEOPLE, "unknown", *MACHINES])
things: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.one_of(
    st.tuples(
        st.sampled_from(
            [
                "queued",
                "skipped",
                "accepted",
                "deferred",
                "refused",
                "expired",
                "unknown",
                "returned",
                "bounced",
                "replied",
                "auto_replied",
                "unsubscribed",
                "complained",
            ]
        ),
        st.just({}),
    ),
    st.tuples(
        st.just("opened"),
        st.builds(lambda h, v, i: {"hit": h, "verdict": v, "shows_inbox": i}, hits, verdicts, st.booleans()),
    ),
    st.tuples(
        st.just("clicked"),
        st.builds(
            lambda h, v, i: {"hit": 10 + h, "verdict": v, "shows_inbox": i}, hits, verdicts, st.booleans()
        ),
    ),
)
histories = st.lists(st.tuples(st.integers(0, 3), things, st.integers(0, 5), st.booleans()), max_size=25)


def everything() -> tuple[int, int]:
    with connection.cursor() as cursor:
        return last_event(cursor)


def as_it_stands(stage: Stage) -> tuple[list[Any], list[Any], list[Any]]:
    return (
        list(
            Rollup.objects.filter(origin=stage.origin)
            .order_by("step", "provider", "reason", "minute")
            .values_list("step", "provider", "reason", "minute", "count")
        ),
        list(Engagement.objects.filter(origin=stage.origin).order_by("pk").values_list()),
        list(
            LinkClick.objects.filter(origin=stage.origin)
            .order_by("message")
            .values_list("message", "link_id", "human_at", "machine_at")
        ),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_figures_are_what_happened(
    cast: Cast, history: list[tuple[int, tuple[str, dict[str, Any]], int, bool]]
) -> None:
    """However the events are cut into spans, and read twice: the counts are those of the model, and a
    rebuild gives the same rows.
    """
    with transaction.atomic():  # a savepoint, so that one example knows nothing of the next
        stage = make_stage(cast.workspace)
        stage.read = everything()
        begin = stage.read
        messages = [stage.message("gmail" if n % 2 else "outlook") for n in range(4)]
        plain = []
        for index, (who, (kind, data), minute, cut) in enumerate(history):
            record(
                [
                    NewEvent(
                        cast.workspace.pk,
                        EventType(kind),
                        START.replace(minute=minute),
                        origin_id=stage.origin.pk,
                        message_id=messages[who].pk,
                        data=data,
                    )
                ]
            )
            plain.append((who, kind, data))
            if cut:
                stage.project()
                if index % 2:
                    stage.read = begin  # read again what was read before
        stage.project()
        assert counts(stage) == expected(plain)
        grown = as_it_stands(stage)
        with connection.cursor() as cursor:
            clear(cursor)
            apply(cursor, Span((0, 0), everything()))
        assert as_it_stands(stage) == grown
        transaction.set_rollback(True)


def test_a_revised_verdict_moves_the_count(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    message = stage.message()
    stage.happens(message, EventType.QUEUED)
    stage.happens(message, EventType.ACCEPTED, 1)
    stage.clicks(message, 2, "likely_person", hit=7)
    stage.project()
    assert counts(stage) == {"planned": 1, "accepted": 1, "clicked_human": 1, "inbox": 1}
    stage.clicks(message, 2, "machine", hit=7)
    stage.project()
    assert counts(stage) == {"planned": 1, "accepted": 1, "clicked_machine": 1, "clicked_only_machine": 1}
    click = LinkClick.objects.get(message=message)
    assert click.human_at is None
    assert click.machine_at is not None


def test_an_unknown_that_becomes_known_is_no_longer_counted_unknown(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    first, second = stage.message(), stage.message()
    for message in (first, second):
        stage.happens(message, EventType.QUEUED)
        stage.happens(message, EventType.UNKNOWN, 1)
    stage.project()
    assert counts(stage) == {"planned": 2, "unknown": 2}
    stage.happens(first, EventType.ACCEPTED, 3, evidence="opened")
    stage.happens(second, EventType.BOUNCED, 4, rule="user_unknown")
    stage.project()
    assert counts(stage) == {"planned": 2, "accepted": 2, "bounced": 1}
    assert Rollup.objects.get(origin=stage.origin, step="bounced").reason == "user_unknown"


def test_a_provider_found_late_takes_its_counts_along(cast: Cast) -> None:
    stage = make_stage(cast.workspace)
    message = stage.message("unknown")
    stage.happens(message, EventType.QUEUED)
    stage.project()
    Message.objects.filter(pk=message.pk).update(provider="gmail")
    stage.happens(message, EventType.ACCEPTED, 1)
    stage.project()
    assert set(Rollup.objects.filter(origin=stage.origin).values_list("provider", "step", "count")) == {
        ("gmail", "planned", 1),
        ("gmail", "accepted", 1),
    }


def read_all(patience: float = 60.0) -> int:
    """Events read. The horizon is that of the whole server: a transaction of another test run holds it back for a while."""
    until = time.monotonic() + patience
    while not (found := catch_up(PROJECTORS)) and time.monotonic() < until:
        time.sleep(0.2)
    return found


@pytest.mark.django_db(transaction=True)
def test_the_real_loop_reads_committed_events_and_rebuilds(transactional_db: None, cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE ledger_event, ledger_checkpoint"
        )  # no model manages the events: flush leaves them
    stage = make_stage(cast.workspace)
    for number in range(5):
        message = stage.message()
        stage.happens(message, EventType.QUEUED)
        stage.happens(message, EventType.ACCEPTED, 1)
        if number < 2:
            stage.opens(message, 3, "person", hit=number)
    stage.flush()
    assert read_all() == 12
    before = as_it_stands(stage)
    assert counts(stage) == {"planned": 5, "accepted": 5, "opened_human": 2, "inbox": 2}
    rebuild(PROJECTORS[0])
    assert counts(stage) == {}
    assert read_all() == 12
    assert as_it_stands(stage) == before
