"""The trace of one message: its whole journey, and the mail exactly as it was sent."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tradewind.accounts.access import MemberRequest, member
from tradewind.insights import trace as traces
from tradewind.ledger.models import Message
from tradewind.web.campaigns import journey, sent, sentences
from tradewind.web.campaigns.views.common import framed

RELATED = (
    "origin__domain",
    "origin__sender",
    "origin__channel",
    "origin__version",
    "contact__company",
    "engagement",
    "lane",
)


def _find(request: MemberRequest, pk: int) -> Message:
    request.access.get(Message, pk=pk)
    return Message.objects.select_related(*RELATED, "origin__campaign").get(pk=pk)


@require_GET
@member()
def message(request: MemberRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    trace = traces.trace(found)
    context: dict[str, Any] = {
        "message": found,
        "trace": trace,
        "stations": journey.stations(trace),
        "six": journey.six_steps(found),
        "lead": journey.lead(found),
        "campaign": getattr(found.origin, "campaign", None),
        "provider": sentences.provider_name(found.provider),
        "sent": sent.as_sent(found),
        "postmaster": traces.for_postmaster(found),
    }
    return render(request, "campaigns/message.html", context)


@require_GET
@member()
def rendered(request: MemberRequest, pk: int) -> HttpResponse:
    """The HTML part as it was sent, for a sandboxed frame. Its tracking links and pixel are taken out:
    looking is no reading.
    """
    mail = sent.as_sent(_find(request, pk))
    if mail is None:
        raise Http404
    return framed(mail.harmless_html)


@require_GET
@member()
def source(request: MemberRequest, pk: int) -> HttpResponse:
    """The message, byte for byte, as a file."""
    mail = sent.as_sent(_find(request, pk))
    if mail is None:
        raise Http404
    response = HttpResponse(mail.raw, content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="message-{pk}.eml"'
    return response


@require_GET
@member()
def postmaster(request: MemberRequest, pk: int) -> HttpResponse:
    text = traces.for_postmaster(_find(request, pk))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
