"""Errors, messages for parts of pages, components, files of the front end."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from tests.cast import Cast
from tradewind.ledger.words import MessageState
from tradewind.outreach.models import CampaignState
from tradewind.web import states, statics
from tradewind.web.charts import Chart, Series
from tradewind.web.middleware import htmx_messages
from tradewind.web.navigation import navigation
from tradewind.web.templatetags import tradewind as tags

PRODUCT = Path(statics.__file__).parents[1]


def shown(source: str, **context: object) -> str:
    return Template("{% load tradewind %}" + source).render(Context(context))


def test_pages_for_what_is_not_there(cast: Cast) -> None:
    for client in (Client(), cast.client(cast.alice)):
        response = client.get("/no/such/page/")
        assert response.status_code == 404
        assert "nothing here" in response.text


def test_who_may_not_is_told_why(cast: Cast) -> None:
    response = cast.client(cast.dora).get(cast.url("settings:people"))
    assert response.status_code == 403
    assert "Your role here is Viewer" in response.text


def test_the_page_for_what_broke_needs_nothing() -> None:
    from tradewind.web.errors import broken

    response = broken(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "tradewind doctor" in response.text


def test_the_navigation_leads_to_pages_that_exist(cast: Cast) -> None:
    for user, areas in ((cast.alice, 7), (cast.dora, 7)):
        shown = navigation(cast.access(user), cast.url("audience:lists"), "audience")
        assert len(shown) == areas
        assert [area.area.key for area in shown if area.current] == ["a"]
        assert [tab.url for area in shown for tab in area.tabs if tab.current] == [cast.url("audience:lists")]
        client = cast.client(user)
        for area in shown:
            for tab in area.tabs:
                assert client.get(tab.url).status_code == 200, tab.url
    viewers = [tab.url for area in navigation(cast.access(cast.dora), "/", "") for tab in area.tabs]
    assert cast.url("settings:people") not in viewers
    assert cast.url("settings:profile") in viewers


def test_messages_travel_with_parts_of_pages(rf: RequestFactory) -> None:
    def view(request):  # type: ignore[no-untyped-def]
        messages.success(request, "已保存")
        return HttpResponse("part")

    request = rf.get("/", headers={"HX-Request": "true"})
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    sent = json.loads(htmx_messages(view)(request)["HX-Trigger"])
    assert sent == {"tw:toast": {"toasts": [{"text": "已保存", "level": "success"}]}}


def test_every_state_has_one_look() -> None:
    css = (PRODUCT.parents[1] / "frontend" / "src" / "parts.css").read_text(encoding="utf-8")
    for state in [*MessageState, *CampaignState]:
        assert state.value in states.STATES, f"{state} has no look"
    for word in states.STATES:
        assert f'[data-step="{states.SAME.get(word, word)}"]' in css, f"{word} has no colour"


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    """Only those named plainly; made names would need a place in the sprite of their own."""
    sprite = statics.DIST / json.loads((statics.DIST / "manifest.json").read_text())["icons.svg"]
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite.read_text(encoding="utf-8")))
    named = re.compile(r'\{% icon "([^"]+)"|Shown\(icon="([^"]+)"')
    for file in [*PRODUCT.rglob("*.html"), PRODUCT / "web" / "states.py", PRODUCT / "web" / "navigation.py"]:
        for found in named.findall(file.read_text(encoding="utf-8")):
            assert (found[0] or found[1]) in known, f"{file.name}: no icon {found}; run `make assets`"


def test_files_are_served_compressed_and_for_ever() -> None:
    name = json.loads((statics.DIST / "manifest.json").read_text())["app.css"]
    response = Client().get(f"/static/dist/{name}", headers={"accept-encoding": "br"})
    assert response.status_code == 200
    assert response["Content-Encoding"] == "br"
    assert "immutable" in response["Cache-Control"]
    assert Client().get("/static/dist/../../settings.py").status_code == 404


def test_an_asset_that_was_not_built_says_what_to_do() -> None:
    with pytest.raises(statics.AssetsMissingError, match="make assets"):
        statics.asset("nothing.css")


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (1842, "1,842"), (1.25, "1.2"), (None, "–"), (1_000_000, "1,000,000")]
)
def test_numbers(value: float | None, words: str) -> None:
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert tags.num(value) == words


def test_shares() -> None:
    assert tags.percent(1, 3) == "33.3 %"
    assert tags.percent(3, 3) == "100 %"
    assert tags.percent(0, 3) == "0 %"
    assert tags.percent(1, 0) == "–"
    assert tags.percent(None, 2) == "–"


def test_times_stand_in_the_zone_of_the_viewer() -> None:
    at = datetime(2025, 3, 1, 23, 30, tzinfo=UTC)
    with timezone.override("Asia/Shanghai"):
        text = tags.local(at)
    assert "07:30" in text
    assert 'datetime="2025-03-02T07:30:00+08:00"' in text
    assert tags.local(None) == "–"


def test_how_long_ago() -> None:
    now = timezone.now()
    assert "just now" in tags.ago(now - timedelta(seconds=5))
    assert "5\xa0minutes ago" in tags.ago(now - timedelta(minutes=5, seconds=1))
    assert "in 2\xa0hours" in tags.ago(now + timedelta(hours=2, minutes=1))
    assert tags.ago(None) == "never"


def test_what_people_wrote_is_escaped_in_every_component() -> None:
    evil = '"><script>alert(1)</script>'
    pieces = [
        "{% figure evil evil evil evil evil %}",
        "{% state evil %}",
        "{% empty evil evil evil evil %}",
        "{% note 'warn' %}{{ evil }}{% endnote %}",
        "{% card evil %}{{ evil }}{% endcard %}",
        "{% copy evil %}",
        "{% progress 1 2 evil %}",
        "{% chart chart evil %}",
    ]
    chart = Chart("bars", [evil], [Series(evil, [1], links=[evil])])
    for piece in pieces:
        assert "<script>alert" not in shown(piece, evil=evil, chart=chart), piece


def test_a_field_says_its_help_and_its_errors_to_screen_readers() -> None:
    class Form(forms.Form):
        name = forms.CharField(help_text="As it is printed.")
        kind = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
        agree = forms.BooleanField()

    html = shown("{% fields form %}", form=Form({"name": ""}))
    assert 'aria-describedby="id_name_help id_name_errors"' in html
    assert 'id="id_name_help"' in html
    assert 'id="id_name_errors"' in html
    assert "<fieldset" in html
    assert html.count("invalid-feedback") == 3


def test_the_pager_keeps_the_question(rf: RequestFactory) -> None:
    page = Paginator(range(100), 10).page(3)
    html = shown("{% pager page %}", page=page, request=rf.get("/", {"q": "a&b", "page": "3"}))
    assert "?q=a%26b&amp;page=2" in html
    assert "?q=a%26b&amp;page=4" in html
    assert "21 to 30 of 100" in html
    assert not shown("{% pager page %}", page=Paginator(range(3), 10).page(1), request=rf.get("/")).strip()


def test_a_chart_carries_its_data_and_its_table() -> None:
    chart = Chart(
        "line",
        [datetime(2026, 1, 1, tzinfo=UTC)],
        [Series("Accepted", [3], "accepted", ["/door/"])],
        x_is_time=True,
    )
    html = shown("{% chart chart 'Accepted by day' %}", chart=chart)
    data = json.loads(re.search(r'type="application/json">(.*?)</script>', html)[1])  # type: ignore[index]
    assert data["x"] == ["2026-01-01T00:00:00+00:00"]
    assert data["series"] == [{"name": "Accepted", "values": [3], "step": "accepted", "links": ["/door/"]}]
    assert '<a href="/door/">3</a>' in html
