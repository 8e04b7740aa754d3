"""Messages over all campaigns: the door behind the figures of Today, which opens as many as the figure says."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast, assert_private
from tests.insights import scene
from tests.insights.scene import Stage, make_stage
from tests.outreach.scene import make_campaign
from tests.web_campaigns.scene import started
from tradewind.core import clock
from tradewind.insights import doors
from tradewind.ledger.words import EventType
from tradewind.web.today.week import STEPS, week

LIVES: tuple[
    list[tuple[EventType, int, dict[str, Any]]], ...
] = (  # what happened to the messages of a campaign, in minutes after its start
    [(EventType.ACCEPTED, 1, {}), (EventType.REPLIED, 3, {})],
    [(EventType.ACCEPTED, 2, {})],
    [(EventType.REFUSED, 2, {"reason": "user_unknown"})],
    [(EventType.ACCEPTED, 2, {}), (EventType.BOUNCED, 9, {"rule": "mailbox_full"})],
)


def live(stage: Stage) -> None:
    """The four messages take their ways; the first two are opened, the first is followed."""
    for message, life in zip(stage.messages, LIVES, strict=True):
        for event, minute, data in life:
            stage.happens(message, event, minute, **data)
    first = 1000 * stage.origin.pk
    stage.opens(stage.messages[0], 4, "person", hit=first + 1)
    stage.opens(stage.messages[1], 4, "likely_person", hit=first + 2)
    stage.clicks(stage.messages[0], 5, "person", hit=first + 3)
    stage.project()


@pytest.fixture
def weeks(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> tuple[Stage, ...]:
    """Campaigns of yesterday, of eight days ago, and of the hour in which the window begins; a test; another workspace."""
    stages = []
    begins = doors.since(7)
    for name, start in (
        ("Yesterday", clock.now() - timedelta(days=1)),
        ("Long ago", begins - timedelta(days=1)),
        ("At the edge", begins - timedelta(minutes=2)),
    ):
        monkeypatch.setattr(scene, "START", start)
        stage = started(cast, name=name)[1]
        live(stage)
        stages.append(stage)
    monkeypatch.setattr(scene, "START", clock.now() - timedelta(days=1))
    test = make_stage(cast.workspace, stages[0].origin.sender, name="A test")
    test.origin.kind = "test"
    test.origin.save(update_fields=["kind"])
    theirs = make_stage(cast.elsewhere, name="Of others")
    for stage in (test, theirs):
        for _ in LIVES:
            stage.message()
        live(stage)
    return tuple(stages)


def shown(cast: Cast, url: str) -> tuple[int, int, str]:
    """(the total it says, the rows it has, the page)."""
    page = cast.client(cast.dora).get(url)
    assert page.status_code == 200
    text = page.content.decode()
    said = re.search(r"(\d+) messages?", text)
    assert said
    return int(said[1]), len(re.findall(r"/campaigns/messages/\d+/\"", text)), text


def test_every_figure_of_today_opens_as_many_as_it_says(cast: Cast, weeks: tuple[Stage, ...]) -> None:
    found = week(cast.access())
    assert found is not None
    # Yesterday's four, and of the campaign at the edge whatever happened after the window began.
    assert {step.value: getattr(found.total, step.value) for step in STEPS} == {
        "accepted": 5,
        "refused": 2,
        "bounced": 2,
        "opened_human": 4,
        "clicked_human": 2,
        "replied": 2,
    }
    for line in (found.total, *found.lines):
        for step in STEPS:
            figure = getattr(line, step.value)
            assert shown(cast, line.doors[step.value])[:2] == (figure, figure), (line.name, step)
    page = cast.client(cast.alice).get(cast.url("today:index")).content.decode().replace("&amp;", "&")
    for step in STEPS:
        assert f'href="{found.total.doors[step.value]}"' in page
    assert f'href="{found.lines[0].doors["accepted"]}"' in page


def test_what_happened_before_the_window_is_not_in_it(cast: Cast, weeks: tuple[Stage, ...]) -> None:
    edge = weeks[2]
    assert min(m.accepted_at for m in edge.messages if m.accepted_at) < doors.since(7)
    counts = {
        days: shown(cast, cast.url("campaigns:all_messages", step="accepted", days=days))[0]
        for days in (7, 90)
    }
    assert counts == {7: 5, 90: 9}
    assert shown(cast, cast.url("campaigns:all_messages"))[0] == 12


def test_each_row_names_its_campaign(cast: Cast, weeks: tuple[Stage, ...]) -> None:
    _, _, page = shown(cast, cast.url("campaigns:all_messages", step="replied"))
    assert "Yesterday" in page
    assert "Long ago" in page
    assert "A test" not in page
    assert "Of others" not in page
    assert "Over all campaigns" in page
    url = cast.url("campaigns:all_export", step="replied", days=7)
    lines: Any = cast.client(cast.bob).get(url)
    text = b"".join(lines.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0].startswith("Campaign,Address")
    assert sorted(line.split(",")[0] for line in text.splitlines()[1:]) == ["At the edge", "Yesterday"]


def test_pages_go_on_to_the_last_message(
    cast: Cast, weeks: tuple[Stage, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradewind.web.campaigns.views.doors.PER_PAGE", 2)
    url, seen = cast.url("campaigns:all_messages", step="accepted", days=7), []
    for _ in range(5):
        total, _, page = shown(cast, url)
        assert total == 5
        seen += re.findall(r"/campaigns/messages/(\d+)/\"", page)
        following = re.search(r'rel="next" href="(\?[^"]+)"', page)
        if not following:
            break
        url = cast.url("campaigns:all_messages") + following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 5


def test_only_members_see_them(cast: Cast) -> None:
    make_campaign(cast.workspace)
    assert_private(cast, cast.url("campaigns:all_messages"))
    assert_private(cast, cast.url("campaigns:all_export"))
    for days in ("0", "-1", "99999999999", "x", ""):
        assert shown(cast, cast.url("campaigns:all_messages", days=days))[0] == 0


def test_it_is_said_in_chinese(cast: Cast, weeks: tuple[Stage, ...]) -> None:
    cast.bob.language = "zh-hans"
    cast.bob.save(update_fields=["language"])
    url = cast.url("campaigns:all_messages", step="accepted", days=7)
    page = cast.client(cast.bob).get(url).content.decode()
    assert "最近 7 天" in page
    assert "涵盖所有群发" in page


def test_more_opened_than_accepted_shows_no_share(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail of the week before is read in this one."""
    monkeypatch.setattr(scene, "START", doors.since(7) - timedelta(minutes=3))
    stage = started(cast)[1]
    live(stage)
    monkeypatch.setattr(scene, "START", clock.now() - timedelta(hours=1))
    stage.opens(stage.messages[3], 1, "person", hit=1)
    stage.project()
    found = week(cast.access())
    assert found is not None
    assert (found.total.accepted, found.total.opened_human) == (0, 3)
    assert cast.client(cast.alice).get(cast.url("today:index")).status_code == 200
