"""Each person's language and time zone, and messages for parts of pages."""

import json
import zoneinfo
from collections.abc import Callable

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from tradewind.accounts.models import User

Respond = Callable[[HttpRequest], HttpResponse]


def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The time zone of that name; None if this machine does not know it (any more)."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None


def viewer(get_response: Respond) -> Respond:
    """Show a page in the language and the time zone of the person; a visitor's language is what the browser asks for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        timezone.deactivate()
        if isinstance(user, User):
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language() or user.language
            known = zone(user.time_zone)
            if known is not None:
                timezone.activate(known)
        try:
            return get_response(request)
        finally:
            timezone.deactivate()

    return middleware


def htmx_messages(get_response: Respond) -> Respond:
    """A part of a page has no place for messages: they travel in a header and become toasts (see frontend/src/app.ts)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        leaves = response.status_code >= 300 or "HX-Redirect" in response or "HX-Refresh" in response
        if request.headers.get("HX-Request") != "true" or leaves or "HX-Trigger" in response:
            return response
        toasts = [{"text": str(message), "level": message.level_tag} for message in get_messages(request)]
        if toasts:
            response["HX-Trigger"] = json.dumps({"tw:toast": {"toasts": toasts}})
        return response

    return middleware
