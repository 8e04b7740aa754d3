"""The check: what blocks, what is foretold."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.cast import Cast
from tests.insights.scene import make_sender
from tests.outreach.scene import know, make_campaign, make_list, subscribe
from tradewind.audience.models import Suppression, SuppressionReason
from tradewind.ledger.words import Reason
from tradewind.outreach import campaigns
from tradewind.outreach.check import CheckReport, Place
from tradewind.outreach.forecast import finish, paced
from tradewind.outreach.models import Campaign
from tradewind.outreach.tasks import look_up_domains
from tradewind.senders import mail_domains
from tradewind.senders.models import Channel, Lane, MailDomain, SendingDomain

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def codes(report: CheckReport) -> set[str]:
    return {problem.code for problem in report.problems}


def test_a_ready_campaign_has_an_outlook_and_nothing_that_blocks(cast: Cast) -> None:
    report = campaigns.check(make_campaign(cast.workspace, people=7))
    assert report.blocks == ()
    assert report.can_start
    assert report.people == 7
    assert report.outlook is not None
    assert [(part.provider, part.count) for part in report.outlook.providers] == [("gmail", 7)]
    assert report.outlook.finishes_at is not None


def test_an_empty_draft_says_everything_that_is_missing(cast: Cast) -> None:
    report = campaigns.check(campaigns.create(cast.workspace, "Empty"))
    assert codes(report) >= {"no_audience", "no_template", "no_channel"}
    assert report.outlook is None


def test_an_unauthenticated_domain_blocks_and_names_the_records(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    SendingDomain.objects.update(
        state=SendingDomain.State.PENDING,
        checks=[
            {"code": "dkim", "state": "missing", "expected": "tw1._domainkey TXT v=DKIM1; p=abc", "seen": ""},
            {"code": "spf", "state": "ok", "expected": "", "seen": ""},
        ],
    )
    (problem,) = [p for p in campaigns.check(fresh(campaign)).blocks if p.code == "domain_unauthenticated"]
    assert problem.evidence == ("DKIM: tw1._domainkey TXT v=DKIM1; p=abc",)
    assert (problem.place, problem.target) == (Place.DOMAIN, campaign.sender.domain_id)  # type: ignore[union-attr]


def fresh(campaign: Campaign) -> Campaign:
    return Campaign.objects.get(pk=campaign.pk)


def test_dns_that_does_not_answer_is_no_failure(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    SendingDomain.objects.update(state=SendingDomain.State.UNKNOWN)
    report = campaigns.check(fresh(campaign))
    assert report.can_start
    assert "domain_unknown" in codes(report)
    SendingDomain.objects.update(authenticated_at=None)
    assert not campaigns.check(fresh(campaign)).can_start


def test_no_postal_address_blocks(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    campaign.workspace.postal_address = " "
    campaign.workspace.save(update_fields=["postal_address"])
    assert "no_postal_address" in codes(campaigns.check(fresh(campaign)))


def test_broken_liquid_blocks(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    template = campaign.template
    assert template is not None
    template.subject = "Hello {{ firstname }}"
    template.save(update_fields=["subject"])
    report = campaigns.check(fresh(campaign))
    assert any(p.place is Place.TEMPLATE for p in report.blocks)


def test_skipped_are_counted_by_reason_by_the_gate_itself(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace, people=4)
    know("dead.example", status=MailDomain.Status.NULL_MX)
    (list_,) = campaign.lists.all()
    subscribe(list_, "dead.example")
    away = subscribe(list_, "buyer.example")
    Suppression.objects.create(
        workspace=cast.workspace, value=away.email_key, reason=SuppressionReason.COMPLAINED
    )
    outlook = campaigns.check(campaign).outlook
    assert outlook is not None
    assert outlook.people == 4
    assert outlook.skipped == {Reason.NO_MAIL_SERVER: 1, Reason.SUPPRESSED_ADDRESS: 1}


def test_everybody_skipped_blocks(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace, people=2)
    MailDomain.objects.update(status=MailDomain.Status.NO_DOMAIN)
    assert "nobody_left" in codes(campaigns.check(campaign))


def test_domains_are_looked_up_before_anything_is_foretold(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace, people=2)
    (list_,) = campaign.lists.all()
    subscribe(list_, "news.example")
    report = campaigns.check(campaign)
    assert (report.domains.known, report.domains.total, report.outlook) == (1, 2, None)


def test_the_look_up_job_asks_for_what_is_missing_only(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def resolve(names: list[str]) -> None:
        asked.extend(names)
        for name in names:
            know(name, "outlook")

    monkeypatch.setattr(mail_domains, "resolve", resolve)
    campaign = make_campaign(cast.workspace, people=2)
    (list_,) = campaign.lists.all()
    for name in ("a.example", "b.example", "a.example"):
        subscribe(list_, name)
    look_up_domains(campaign_id=campaign.pk)
    assert sorted(asked) == ["a.example", "b.example"]
    assert campaigns.check(campaign).domains.complete


def test_an_untested_channel_is_noted_and_a_failed_one_better_mended(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace)
    Channel.objects.update(last_test=None)
    assert "channel_untested" in codes(campaigns.check(fresh(campaign)))
    Channel.objects.update(last_test={"ok": False, "sentence": "Connection refused"})
    (problem,) = [p for p in campaigns.check(fresh(campaign)).mends if p.code == "channel_test_failed"]
    assert problem.evidence == ("Connection refused",)


def test_excluded_lists_and_doubles_are_left_out(cast: Cast) -> None:
    campaign = make_campaign(cast.workspace, people=3)
    (list_,) = campaign.lists.all()
    other = make_list(cast.workspace, 2, name="Other")
    both = list_.subscriptions.first()
    assert both is not None
    other.subscriptions.create(workspace=cast.workspace, contact=both.contact)
    campaigns.set_audience(campaign, [list_, other])
    assert campaigns.check(campaign).people == 5
    campaigns.set_audience(campaign, [list_], [other])
    assert campaigns.check(campaign).people == 2


# --- pace -------------------------------------------------------------------------------------------------------


def lane(cast: Cast, **fields: object) -> tuple[Lane, Channel]:
    sender = make_sender(cast.workspace)
    values = {"provider": "gmail", "rate_per_second": 2.0, "burst": 10, **fields}
    return Lane(
        workspace=cast.workspace, domain=sender.domain, channel=sender.channel, **values
    ), sender.channel


def test_a_lane_paces_what_is_beyond_its_burst(cast: Cast) -> None:
    gmail, channel = lane(cast)
    (part,) = paced({"gmail": 110}, [gmail], channel, START)
    assert part.ends_at == START + timedelta(seconds=50)


def test_a_slowed_lane_is_slow_first_and_then_as_usual(cast: Cast) -> None:
    gmail, channel = lane(cast, slowed_rate=0.5, state_until=START + timedelta(seconds=100))
    (part,) = paced({"gmail": 110}, [gmail], channel, START)
    assert part.ends_at == START + timedelta(seconds=100 + 30)


def test_a_resting_lane_begins_when_its_rest_is_over_or_has_no_end(cast: Cast) -> None:
    gmail, channel = lane(cast, state=Lane.State.SUSPENDED, state_until=START + timedelta(hours=1))
    (part,) = paced({"gmail": 5}, [gmail], channel, START)
    assert part.starts_at == part.ends_at == START + timedelta(hours=1)
    gmail.state_until = None
    parts = paced({"gmail": 5}, [gmail], channel, START)
    assert parts[0].ends_at is None
    assert finish(parts, channel, START) is None


def test_the_channel_s_own_pace_bounds_the_whole(cast: Cast) -> None:
    gmail, channel = lane(cast)
    channel.rate_per_second = 1.0
    parts = paced({"gmail": 110, "other": 90}, [gmail], channel, START)
    assert finish(parts, channel, START) == START + timedelta(seconds=200)
