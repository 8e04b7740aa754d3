"""Paging stays whole while rows come and go."""

import json
from typing import Any
from urllib.parse import urlsplit

from tests.api.conftest import Caller, Keys, World, person
from tests.cast import Cast
from tradewind.core import clock
from tradewind.ledger.events import NewEvent, record
from tradewind.ledger.words import EventType


def read(caller: Caller, path: str) -> tuple[list[dict[str, Any]], str | None, str]:
    answer = caller("GET", path)
    assert answer.status_code == 200, answer.content
    found = json.loads(answer.content)
    return found["items"], found["next"], answer.get("Link", "")


def test_every_row_once_while_others_are_added_and_removed(keys: Keys, cast: Cast) -> None:
    people = [person(cast.workspace, f"reader{n}@buyers.example") for n in range(10)]
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        items, cursor, _link = read(keys.dora, f"/contacts?limit=3&cursor={cursor}")
        seen += [item["id"] for item in items]
        person(cast.workspace, f"late{len(seen)}@buyers.example")
        if len(seen) == 3:
            people[6].delete()  # the first of the next page
    assert seen == [p.pk for p in reversed(people) if p.pk]


def test_the_link_header_leads_to_the_same_page_as_next(keys: Keys, cast: Cast) -> None:
    for n in range(3):
        person(cast.workspace, f"王{n}@buyers.example", first_name="伟", source="广交会 2026")
    items, cursor, link = read(keys.dora, "/contacts?limit=2&source=广交会 2026")
    assert len(items) == 2
    assert link.endswith('>; rel="next"')
    target = urlsplit(link[1 : link.index(">")])
    rest, last, no_link = read(keys.dora, f"{target.path.removeprefix('/api/v1')}?{target.query}")
    assert (rest, last, no_link) == (
        read(keys.dora, f"/contacts?limit=2&source=广交会 2026&cursor={cursor}")[0],
        None,
        "",
    )
    assert rest[0]["first_name"] == "伟"


def test_a_cursor_belongs_to_its_list(keys: Keys, cast: Cast) -> None:
    for n in range(3):
        person(cast.workspace, f"reader{n}@buyers.example")
    _items, cursor, _link = read(keys.dora, "/contacts?limit=1")
    for path in (
        f"/companies?cursor={cursor}",
        "/contacts?cursor=WzFd",
        f"/contacts?cursor={cursor}x",
        "/contacts?cursor=ü",
    ):
        answer = keys.dora("GET", path)
        assert answer.status_code == 400
        assert json.loads(answer.content)["type"].endswith(":bad_cursor")


def test_events_of_one_instant_are_not_lost_between_pages(keys: Keys, cast: Cast, world: World) -> None:
    at = clock.now()
    record(
        [
            NewEvent(cast.workspace.pk, EventType.OPENED, at, world.origin.pk, world.message.pk)
            for _ in range(7)
        ]
    )
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        items, cursor, _link = read(keys.dora, f"/events?message={world.message.pk}&limit=2&cursor={cursor}")
        seen += [item["id"] for item in items]
    assert len(seen) == len(set(seen)) == 8
    items, _next, _link = read(keys.dora, f"/events?campaign={world.started.pk}&type=opened")
    assert len(items) == 7
    assert read(keys.dora, f"/events?campaign={world.campaign.pk}")[0] == []
