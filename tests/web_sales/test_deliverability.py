"""Standing and lanes."""

import re
from datetime import timedelta

from tests.cast import Cast, assert_private
from tests.web_sales.conftest import Desk
from tests.web_sales.test_sales import page
from tradewind.accounts.models import AuditEntry
from tradewind.core import clock
from tradewind.senders import lanes
from tradewind.senders.models import Lane


def lane(provider: str = "gmail") -> Lane:
    return Lane.objects.get(provider=provider)


def test_private(cast: Cast, desk: Desk) -> None:
    assert_private(cast, cast.url("deliverability:standing"))
    assert_private(cast, cast.url("deliverability:lanes"))


def test_standing_shows_counts_with_their_interval(cast: Cast, desk: Desk) -> None:
    html = page(cast.client(cast.alice), cast.url("deliverability:standing"))
    assert "<b>940 of 1,020</b>" in html
    assert "94.0 %" in html, "welcome: 940 of 1,000"
    assert re.search("92.[34] %–95.3 %", html), "Wilson: 0.9235 to 0.9531"
    assert "refuses mail because of us" in html


def test_days_and_domain_are_chosen(cast: Cast, desk: Desk) -> None:
    client = cast.client(cast.alice)
    desk.domain.standings.update(day=clock.now().date() - timedelta(days=20))
    assert "940" not in page(client, cast.url("deliverability:standing", days=7))
    assert "940" in page(client, cast.url("deliverability:standing", days=30))
    assert "940" in page(client, cast.url("deliverability:standing", days="nonsense", domain="x"))


def test_empty_pages_teach(cast: Cast) -> None:
    client = cast.client(cast.alice)
    assert "Nothing was sent in these days" in page(client, cast.url("deliverability:standing"))
    assert "No lane yet" in page(client, cast.url("deliverability:lanes"))


def test_a_lane_rests_and_is_resumed(cast: Cast, desk: Desk) -> None:
    client = cast.client(cast.alice)
    client.post(cast.url("deliverability:suspend", lane().pk), {"hours": "24"})
    found = lane()
    assert found.state == "suspended"
    assert found.state_until is not None
    assert abs(found.state_until - clock.now() - timedelta(hours=24)) < timedelta(minutes=1)
    html = page(client, cast.url("deliverability:lanes"))
    assert "Suspended by Alice Chen." in html
    assert "Lanes at rest: <b>1</b>" in html
    client.post(cast.url("deliverability:resume", lane().pk))
    assert lane().state == "open"
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"lane.suspended", "lane.resumed"}


def test_until_resumed_and_nonsense(cast: Cast, desk: Desk) -> None:
    client = cast.client(cast.alice)
    client.post(cast.url("deliverability:suspend", lane().pk), {"hours": "-5; drop"})
    assert (lane().state, lane().state_until) == ("suspended", None)
    assert "until somebody resumes it" in page(client, cast.url("deliverability:lanes"))


def test_a_slow_lane_says_why_and_a_rest_that_is_over_says_nothing(cast: Cast, desk: Desk) -> None:
    lanes.slow(lane().pk, clock.now() + timedelta(hours=1), "421 too fast for us")
    lanes.suspend(lane("qq").pk, clock.now() - timedelta(hours=1), "550 long ago")
    html = page(cast.client(cast.bob), cast.url("deliverability:lanes"))
    assert "421 too fast for us" in html
    assert "550 long ago" not in html


def test_only_administrators_touch_lanes(cast: Cast, desk: Desk) -> None:
    for user in (cast.bob, cast.sam, cast.dora):
        client = cast.client(user)
        assert client.post(cast.url("deliverability:suspend", lane().pk)).status_code == 403
        assert client.post(cast.url("deliverability:resume", lane().pk)).status_code == 403
    stranger = cast.client(cast.charlie)
    assert (
        stranger.post(cast.url("deliverability:suspend", lane().pk, workspace=cast.elsewhere)).status_code
        == 404
    )
    assert lane().state == "open"


def test_in_chinese(cast: Cast, desk: Desk) -> None:
    cast.alice.language = "zh-hans"
    cast.alice.save(update_fields=["language"])
    client = cast.client(cast.alice)
    assert "退信" in page(client, cast.url("deliverability:standing"))
    assert "通道" in page(client, cast.url("deliverability:lanes"))
