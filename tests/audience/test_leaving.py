"""Suppression, subscription and consent: who left stays away until they say otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audience.files import list_of
from tests.cast import Cast
from tradewind.audience import consents, contacts, lists, subscriptions, suppression
from tradewind.audience.models import Contact, Subscription, Suppression
from tradewind.audience.words import ConsentBasis, SubscriptionState, SuppressionKind, SuppressionReason


def person(cast: Cast, email: str = "anna@acme.de") -> Contact:
    saved = contacts.create(cast.workspace, {"email": email})
    assert isinstance(saved, contacts.Saved)
    return saved.contact


def test_suppress_once_whatever_the_spelling(cast: Cast) -> None:
    assert suppression.suppress(
        cast.workspace.pk, "Anna <Anna@ACME.de>", SuppressionReason.MANUAL, note=" asked\nby phone "
    )
    assert not suppression.suppress(cast.workspace.pk, "anna@acme.de", SuppressionReason.COMPLAINED)
    row = Suppression.objects.get()
    assert (row.value, row.reason, row.note) == ("anna@acme.de", "manual", "asked by phone")
    assert suppression.release(cast.workspace.pk, "ANNA@acme.de")
    assert not suppression.release(cast.workspace.pk, "anna@acme.de")


def test_a_domain_covers_its_addresses(cast: Cast) -> None:
    assert suppression.suppress(
        cast.workspace.pk, "@Bücher.de", SuppressionReason.MANUAL, SuppressionKind.DOMAIN
    )
    standing = suppression.standing(cast.workspace.pk, "anna@xn--bcher-kva.de")
    assert standing is not None
    assert standing.kind == SuppressionKind.DOMAIN
    assert suppression.standing(cast.elsewhere.pk, "anna@xn--bcher-kva.de") is None
    assert suppression.standing(cast.workspace.pk, "anna@sub.xn--bcher-kva.de") is None


def test_a_bad_address_is_said(cast: Cast) -> None:
    with pytest.raises(ValueError, match="no dot"):
        suppression.suppress(cast.workspace.pk, "anna@acme", SuppressionReason.MANUAL)


def test_a_pasted_list(cast: Cast) -> None:
    lines = [
        "a@b.de",
        " A@b.de ",
        "",
        "@spam.example",
        "rubbish",
        "c@d.de",
        *[f"p{i}@x.de" for i in range(6000)],
    ]
    result = suppression.suppress_many(cast.workspace.pk, lines, SuppressionReason.IMPORTED)
    assert (result.added, result.known) == (6003, 0)
    assert [bad for bad, _why in result.bad] == ["rubbish"]
    again = suppression.suppress_many(cast.workspace.pk, lines, SuppressionReason.IMPORTED)
    assert (again.added, again.known) == (0, 6003)


def test_leaving_everything(cast: Cast) -> None:
    anna, fair = person(cast), list_of(cast)
    subscriptions.subscribe(fair, [anna.pk])
    consents.grant(anna, ConsentBasis.CUSTOMER, order=12)
    subscriptions.unsubscribe(anna.pk, message_id=5)
    subscriptions.unsubscribe(anna.pk, message_id=6)
    subscriptions.unsubscribe(987654321)
    assert anna.subscriptions.get().state == SubscriptionState.UNSUBSCRIBED
    withdrawn = consents.latest(anna)
    assert withdrawn is not None
    assert (withdrawn.granted, withdrawn.basis, withdrawn.evidence) == (False, "customer", {"message": 5})
    assert anna.consents.count() == 2
    suppressed = Suppression.objects.get()
    assert (suppressed.value, suppressed.reason, suppressed.message_id) == ("anna@acme.de", "unsubscribed", 5)
    assert subscriptions.subscribe(fair, [anna.pk]) == 0


def test_leaving_one_list_keeps_the_others(cast: Cast) -> None:
    anna, fair, news = person(cast), list_of(cast), list_of(cast, "News")
    subscriptions.subscribe(news, [anna.pk])
    subscriptions.unsubscribe(anna.pk, list_ids=[fair.pk])
    states = dict(anna.subscriptions.values_list("list__name", "state"))
    assert states == {"Fair": "unsubscribed", "News": "subscribed"}
    assert not Suppression.objects.exists()
    assert consents.latest(anna) is None


def test_coming_back_by_their_own_word(cast: Cast) -> None:
    anna, fair = person(cast), list_of(cast)
    subscriptions.unsubscribe(anna.pk)
    subscriptions.come_back(anna, [fair.pk], ConsentBasis.SINGLE_OPT_IN, note="mail of 3 May")
    assert suppression.standing(cast.workspace.pk, anna.email_key) is None
    latest = consents.latest(anna)
    assert latest is not None
    assert latest.granted
    assert anna.subscriptions.get().state == SubscriptionState.SUBSCRIBED
    suppression.suppress(cast.workspace.pk, anna.email_key, SuppressionReason.HARD_BOUNCE)
    subscriptions.come_back(anna, [fair.pk], ConsentBasis.SINGLE_OPT_IN)
    assert suppression.standing(cast.workspace.pk, anna.email_key) is not None


def test_lists_of_others_are_out_of_reach(cast: Cast) -> None:
    anna = person(cast)
    theirs = lists.find_or_make(cast.elsewhere, "Theirs")
    assert subscriptions.subscribe(theirs, [anna.pk]) == 0
    subscriptions.unsubscribe(anna.pk, list_ids=[theirs.pk])
    assert not Subscription.objects.exists()


def test_lists_are_counted(cast: Cast) -> None:
    fair = lists.find_or_make(cast.workspace, " Canton  Fair ")
    assert lists.find_or_make(cast.workspace, "canton fair") == fair
    people = [person(cast, f"p{i}@acme.de").pk for i in range(3)]
    assert subscriptions.subscribe(fair, [*people, people[0]]) == 3
    subscriptions.unsubscribe(people[0])
    subscriptions.remove(fair, people[1])
    assert lists.counts(cast.workspace) == {fair.pk: lists.Members(1, 0, 1)}
    with pytest.raises(ValueError, match="name"):
        lists.find_or_make(cast.workspace, " \0 ")


@given(st.text(max_size=40))
def test_any_text_is_a_key_or_has_a_reason(text: str) -> None:
    key = suppression.read_key(text)
    if isinstance(key, suppression.Key):
        assert suppression.read_key(key.value, key.kind) == key
