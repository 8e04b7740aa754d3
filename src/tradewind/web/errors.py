"""Pages for when something is in the way: what happened, what was kept, what to do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def _page(request: HttpRequest, status: int, title: str, sentences: list[str]) -> HttpResponse:
    return render(
        request, "web/error.html", {"title": title, "sentences": sentences, "status": status}, status=status
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(
        request,
        400,
        _("That request cannot be understood"),
        [_("Nothing was changed. Go back and try again.")],
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`exception` is what `Access.require` raised; its text is meant for the person."""
    why = str(exception) or _("You are not allowed to do this here.")
    return _page(request, 403, _("Your role does not include this"), [why, _("Nothing was changed.")])


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The same for what does not exist and for what belongs to others, so that nobody can find out which it is."""
    return _page(
        request,
        404,
        _("There is nothing here"),
        [
            _(
                "The address may be mistyped, or what stood here was deleted, "
                "or it belongs to a workspace that you are not a member of."
            )
        ],
    )


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's CSRF token did not match: usually the person has logged in or out in another window meanwhile."""
    return _page(
        request,
        403,
        _("This page was open for too long"),
        [
            _(
                "You have logged in or out since it was loaded, so we could not be sure that it was you "
                "who sent the form. Nothing was saved."
            ),
            _("Go back, reload the page and send it again. What you typed is kept in this browser."),
        ],
    )


def broken(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: whatever broke may also have broken the session or the database."""
    return HttpResponse(render_to_string("web/broken.html"), status=500)
