"""Channels (ways out) and senders (the From of mails)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Schema

from tradewind.accounts.roles import Permission
from tradewind.api.auth import ApiRequest
from tradewind.api.fields import Id, In, Name, Short, one_of, unique
from tradewind.api.pages import Page, Paging, page
from tradewind.api.problems import invalid
from tradewind.api.routes import Noun
from tradewind.senders import channels as rules
from tradewind.senders import identities
from tradewind.senders.identities import BadSender
from tradewind.senders.models import Channel, ChannelKind, ChannelSecurity, Sender

router = Noun("Channels and senders")


class TestedOut(Schema):
    at: datetime | None = None
    ok: bool
    sentence: str


class ChannelOut(Schema):
    """The password is never shown."""

    id: int
    name: str
    kind: ChannelKind
    host: str = Field(examples=["smtp.example.com"])
    port: int = Field(examples=[587])
    security: ChannelSecurity
    verify_certificate: bool
    username: str
    has_password: bool
    ehlo_name: str
    source_ip: str
    max_connections: int
    rate_per_second: float | None
    last_test: TestedOut | None
    created_at: datetime

    @staticmethod
    def resolve_has_password(row: Channel) -> bool:
        return bool(row.password)


class ChannelPatch(In):
    """Only what is named changes."""

    name: Name = Field("", examples=["Our relay"])
    kind: ChannelKind = ChannelKind.RELAY
    host: str = Field("", max_length=253, examples=["smtp.example.com"], description="Of a relay.")
    port: int = Field(587, ge=1, le=65535)
    security: ChannelSecurity = ChannelSecurity.STARTTLS
    verify_certificate: bool = True
    username: Short = ""
    password: Short = ""
    ehlo_name: str = Field("", max_length=253)
    source_ip: str = Field("", max_length=45)
    max_connections: int = Field(10, ge=1, le=1000)
    rate_per_second: float | None = Field(None, gt=0, le=100_000)


class ChannelIn(ChannelPatch):
    name: Name = Field(examples=["Our relay"])


class ChannelTestOut(Schema):
    ok: bool
    code: str = Field(examples=["wrong_password"])
    sentence: str
    dialogue: list[list[str]] = Field(
        description="`>` we said, `<` the server said, `!` happened. Without secrets."
    )


class SenderOut(Schema):
    id: int
    name: str = Field(examples=["Li Na, Ningbo Lantern"])
    email: str = Field(examples=["lina@lantern.example"])
    reply_to: str
    domain_id: int
    channel_id: int
    created_at: datetime


class SenderPatch(In):
    name: Name = Field("", examples=["Li Na, Ningbo Lantern"])
    email: str = Field("", max_length=320, examples=["lina@lantern.example"])
    reply_to: str = Field("", max_length=320)
    channel: Id | None = None


class SenderIn(SenderPatch):
    name: Name = Field(examples=["Li Na, Ningbo Lantern"])
    email: str = Field(
        max_length=320, examples=["lina@lantern.example"], description="At one of the sending domains."
    )
    channel: Id


@router.reads("/channels", Page[ChannelOut])
def list_channels(request: ApiRequest, response: HttpResponse, paging: Query[Paging]) -> Any:
    """List channels."""
    return page(request, response, request.auth.rows(Channel), paging)


@router.writes("POST", "/channels", ChannelOut, permission=Permission.MANAGE_SENDERS, status=201)
def create_channel(request: ApiRequest, response: HttpResponse, payload: ChannelIn) -> Any:
    """Add a way out: a relay, or directly to the recipients' servers."""
    channel = Channel(workspace=request.auth.workspace)
    _set(channel, payload)
    with unique("name"):
        channel.save()
    request.auth.audit("channel.created", channel, channel.name)
    return channel


@router.reads("/channels/{int:channel_id}", ChannelOut)
def get_channel(request: ApiRequest, response: HttpResponse, channel_id: Id) -> Any:
    """Show a channel."""
    return request.auth.get(Channel, pk=channel_id)


@router.writes("PATCH", "/channels/{int:channel_id}", ChannelOut, permission=Permission.MANAGE_SENDERS)
def change_channel(request: ApiRequest, response: HttpResponse, channel_id: Id, payload: ChannelPatch) -> Any:
    """Change a channel."""
    channel = request.auth.get(Channel, pk=channel_id)
    fields = _set(channel, payload)
    with unique("name"):
        channel.save(update_fields=fields)
    request.auth.audit("channel.changed", channel, channel.name, fields=fields)
    return channel


@router.writes(
    "POST",
    "/channels/{int:channel_id}/test",
    ChannelTestOut,
    permission=Permission.MANAGE_SENDERS,
    atomic=False,
)
def test_channel(request: ApiRequest, response: HttpResponse, channel_id: Id) -> Any:
    """Connect, encrypt and log in; nothing is sent. Can be repeated without harm, so it takes no Idempotency-Key."""
    channel = request.auth.get(Channel, pk=channel_id)
    result = rules.test(channel)
    request.auth.audit("channel.tested", channel, channel.name, ok=result.ok)
    return {
        "ok": result.ok,
        "code": result.code,
        "sentence": result.sentence,
        "dialogue": [list(x) for x in result.dialogue],
    }


@router.reads("/senders", Page[SenderOut])
def list_senders(request: ApiRequest, response: HttpResponse, paging: Query[Paging]) -> Any:
    """List senders."""
    return page(request, response, request.auth.rows(Sender), paging)


@router.writes("POST", "/senders", SenderOut, permission=Permission.MANAGE_SENDERS, status=201)
def create_sender(request: ApiRequest, response: HttpResponse, payload: SenderIn) -> Any:
    """Add a From: a name and an address at one of the sending domains."""
    channel = one_of(request.auth, Channel, payload.channel, "channel")
    assert channel is not None
    try:
        sender = identities.add_sender(
            request.auth.workspace,
            name=payload.name,
            email=payload.email,
            channel=channel,
            reply_to=payload.reply_to,
        )
    except BadSender as error:
        raise invalid({"email": str(error)}) from error
    request.auth.audit("sender.created", sender, sender.email)
    return sender


@router.reads("/senders/{int:sender_id}", SenderOut)
def get_sender(request: ApiRequest, response: HttpResponse, sender_id: Id) -> Any:
    """Show a sender."""
    return request.auth.get(Sender, pk=sender_id)


@router.writes("PATCH", "/senders/{int:sender_id}", SenderOut, permission=Permission.MANAGE_SENDERS)
def change_sender(request: ApiRequest, response: HttpResponse, sender_id: Id, payload: SenderPatch) -> Any:
    """Change a sender."""
    sender = request.auth.get(Sender, pk=sender_id)
    values = payload.model_dump(exclude_unset=True)
    channel = one_of(request.auth, Channel, values.pop("channel", None), "channel")
    known = {"name": sender.name, "email": sender.email, "reply_to": sender.reply_to}
    try:
        identities.change_sender(sender, channel=channel or sender.channel, **{**known, **values})
    except BadSender as error:
        raise invalid({"email": str(error)}) from error
    request.auth.audit("sender.changed", sender, sender.email)
    return sender


def _set(channel: Channel, payload: ChannelPatch) -> list[str]:
    values = payload.model_dump(exclude_unset=True)
    for name, value in values.items():
        setattr(channel, name, value)
    if channel.kind == Channel.Kind.RELAY and not channel.host.strip():
        raise invalid({"host": _("Name the relay's server.")}, "missing")
    return sorted(values)
