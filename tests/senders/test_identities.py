"""Senders belong to a domain of their workspace, and their names cannot break a header."""

import pytest

from tests.cast import Cast
from tradewind.senders import domains, identities
from tradewind.senders.identities import BadSender, add_sender
from tradewind.senders.models import Channel


@pytest.fixture
def channel(cast: Cast) -> Channel:
    domains.add_domain(cast.workspace, "lantern.example")
    domains.add_domain(cast.workspace, "news.lantern.example")
    return Channel.objects.create(workspace=cast.workspace, name="Relay", host="relay.example")


def test_the_nearest_domain_is_used(cast: Cast, channel: Channel) -> None:
    one = add_sender(cast.workspace, name=" Li\r\nWei ", email="Li.Wei@LANTERN.example", channel=channel)
    assert (one.name, one.email, one.domain.name) == ("Li Wei", "Li.Wei@lantern.example", "lantern.example")
    two = add_sender(cast.workspace, name="News", email="a@x.news.lantern.example", channel=channel)
    assert two.domain.name == "news.lantern.example"


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("", "a@lantern.example"),
        ("A", "a@elsewhere.example"),
        ("A", "notlantern.example"),
        ("A", "@lantern.example"),
        ("A", "a b@lantern.example"),
        ("A", "a\r\nRCPT TO:<x>@lantern.example"),
        ("A", "a@evil-lantern.example"),
        ("A", "ä@lantern.example"),
        ("A", "a@gmail.com"),
    ],
)
def test_what_cannot_be_a_sender(cast: Cast, channel: Channel, name: str, email: str) -> None:
    with pytest.raises(BadSender) as caught:
        add_sender(cast.workspace, name=name, email=email, channel=channel)
    assert str(caught.value)


def test_twice_is_refused_kindly(cast: Cast, channel: Channel) -> None:
    first = add_sender(cast.workspace, name="A", email="a@lantern.example", channel=channel)
    with pytest.raises(BadSender, match="already"):
        add_sender(cast.workspace, name="B", email="a@lantern.example", channel=channel)
    identities.change_sender(
        first, name="C", email="c@lantern.example", channel=channel, reply_to=" r@lantern.example "
    )
    first.refresh_from_db()
    assert (first.name, first.email, first.reply_to) == ("C", "c@lantern.example", "r@lantern.example")
