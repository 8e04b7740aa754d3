"""One campaign, all the way through every room and every process, and the laboratory's books beside it."""

from tests.processes import listening, wait_until
from tests.story.stage import Stage, steady
from tradewind.audience.models import Suppression
from tradewind.insights.funnel import funnel
from tradewind.ledger.models import Message
from tradewind.outreach import campaigns
from tradewind.outreach.models import Campaign
from tradewind.signals.models import Hit

READER = {
    "state": "ok",
    "folder": "inbox",
    "opens": True,
    "images": True,
    "clicks": False,
    "auto_reply": False,
}
QUIET = {"state": "ok", "opens": False, "auto_reply": False}
CAST: dict[str, dict[str, object]] = {
    "unknown1@gmail.com": {"state": "unknown"},
    "unknown2@yahoo.com": {"state": "unknown"},
    "unknown3@qq.com": {"state": "unknown"},
    "late1@outlook.com": {"state": "late"},
    "late2@gmx.de": {"state": "late"},
    "reader1@gmail.com": {**READER, "ending": "nothing", "clicks": True},
    "reader2@icloud.com": {**READER, "ending": "nothing", "prefetch": True},
    "complains1@outlook.com": {**READER, "ending": "complain"},
    "complains2@yahoo.com": {**READER, "ending": "complain"},
    "oneclick@gmail.com": {**READER, "ending": "unsubscribe", "way": "one-click"},
    "page@yandex.ru": {**READER, "ending": "unsubscribe", "way": "page"},
    "mailto@outlook.com": {**READER, "ending": "unsubscribe", "way": "mailto"},
    "answers@163.com": {**READER, "ending": "reply", "reply_kind": "interested"},
    "remove-me@mail.ru": {**READER, "ending": "reply", "reply_kind": "remove_me"},
    "away@gmx.de": {**QUIET, "folder": "inbox", "auto_reply": True},
    "scanned@fabrikam-lights.com": {**READER, "ending": "nothing", "scanned": True},
}
HOMES = (
    "gmail.com",
    "outlook.com",
    "yahoo.com",
    "qq.com",
    "gmx.de",
    "web.de",
    "icloud.com",
    "orange.fr",
    "lumen-shop.de",
)
EXACT = ("accepted", "refused", "bounced", "complained", "unsubscribed", "replied", "auto_replied")


def test_from_the_list_to_the_figures(stage: Stage) -> None:
    """Planned by a job, sent by a worker, read by people, reported back, counted: equal to the books."""
    stage.contacts([*CAST, *(f"buyer{n}@{HOMES[n % len(HOMES)]}" for n in range(44))])
    stage.everybody_is_there()
    for address, traits in CAST.items():
        stage.lab.person(address, **traits)
    with stage.processes("worker", "jobs", "project", "inbound", "web"):
        port = int(stage.environment["TRADEWIND_INBOUND_PORT"])
        wait_until(lambda: listening(port), 25, "inbound")
        wait_until(lambda: listening(int(stage.environment["TRADEWIND_WEB_PORT"])), 25, "web")
        campaign = stage.draft()
        campaigns.start(campaign)
        wait_until(lambda: state_of(campaign) == Campaign.State.FINISHED, 30, "the campaign is finished")
        stage.lab.finish(wait=True)
        steady(lambda: (figures(campaign), Hit.objects.filter(judged_at=None).count()), still=1.5)
    assert stage.lab.failures() == []
    ours, books = figures(campaign), stage.lab.books()
    assert {name: ours[name] for name in EXACT} == {name: books[name] for name in EXACT}
    assert books["duplicates"] == 0
    assert ours["planned"] == 60
    assert (ours["refused"], ours["bounced"], ours["complained"]) == (3, 2, 2)
    assert ours["unsubscribed"] == 4  # one-click, page, mailto, and the answer that asks for it
    assert ours["opened_human"] >= 5
    check_what_follows()


def state_of(campaign: Campaign) -> str:
    campaign.refresh_from_db(fields=["state", "origin"])
    return campaign.state


def figures(campaign: Campaign) -> dict[str, int]:
    campaign.refresh_from_db(fields=["origin"])
    assert campaign.origin_id is not None
    return funnel(campaign.origin_id).as_dict()


def check_what_follows() -> None:
    """Who is gone, complained or said no is not written to again; who is away or only answered is."""
    barred = dict(Suppression.objects.values_list("value", "reason"))
    assert barred.keys() == {
        *(address for address, traits in CAST.items() if traits.get("state") in ("unknown", "late")),
        *(a for a, traits in CAST.items() if traits.get("ending") in ("complain", "unsubscribe")),
        "remove-me@mail.ru",
    }
    assert Message.objects.get(email="late2@gmx.de").state == "bounced"
