"""Ways in: the start page, the first run, an invitation, the language."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradewind.accounts.access import Access
from tradewind.accounts.models import Invitation, Membership, UiLanguage, User, Workspace
from tradewind.accounts.roles import Role
from tradewind.web.accounts.forms import FirstRunForm, JoinForm, WorkspaceForm, page_language

BACKEND = "django.contrib.auth.backends.ModelBackend"


def home(request: HttpRequest) -> HttpResponse:
    """To the workspace used last; before there is anybody, to the first-run page."""
    if not isinstance(request.user, User):
        return redirect("start") if not User.objects.exists() else redirect_to_login("/")
    mine = list(Workspace.objects.filter(memberships__user=request.user).order_by("memberships__created_at"))
    if not mine:
        return render(request, "accounts/nowhere.html")
    last = request.session.get("workspace")
    workspace = next((one for one in mine if one.slug == last), mine[0])
    return redirect("today:index", workspace.slug)


def start(request: HttpRequest) -> HttpResponse:
    """The first run: makes the first person (who may do everything) and the first workspace; afterwards it only
    leads to the log-in."""
    if User.objects.exists():
        return redirect("account_login")
    initial = {"language": page_language(), "time_zone": settings.TIME_ZONE}
    form = FirstRunForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        if made is None:
            messages.warning(
                request,
                _("Somebody else was faster and set up this installation. Ask them for an invitation."),
            )
            return redirect("account_login")
        user, workspace = made
        login(request, user, backend=BACKEND)
        Access(workspace, Role.OWNER, user, None).audit("workspace.created", workspace, workspace.name)
        return redirect("today:index", workspace.slug)
    return render(request, "accounts/start.html", {"form": form})


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language, for this person for good, for a visitor by a cookie."""
    wanted = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = redirect(target)
    if wanted in list(UiLanguage):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=365 * 24 * 3600,
            samesite="Lax",
            secure=settings.HTTPS,
        )
        if isinstance(request.user, User):
            request.user.language = wanted
            request.user.save(update_fields=["language"])
    return response


@login_required
def workspace_new(request: HttpRequest) -> HttpResponse:
    """Another workspace; for people who own one already, or set up this installation."""
    user = request.user
    assert isinstance(user, User)
    if not user.is_superuser and not Membership.objects.filter(user=user, role=Role.OWNER).exists():
        raise PermissionDenied(_("Only people who own a workspace can make another one. Ask one of them."))
    form = WorkspaceForm(request.POST or None, initial={"time_zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        workspace = form.found(user)
        Access(workspace, Role.OWNER, user, None).audit("workspace.created", workspace, workspace.name)
        return redirect("today:index", workspace.slug)
    return render(request, "accounts/workspace_new.html", {"form": form})


def join(request: HttpRequest, token: str) -> HttpResponse:
    """Take an invitation: as somebody new, or as the person logged in, if it was made out to their address."""
    invitation = Invitation.of_token(token)
    if invitation is None:
        return render(request, "accounts/join_gone.html", status=410)
    user = request.user if isinstance(request.user, User) else None
    if user is None and User.objects.filter(email__iexact=invitation.email).exists():
        return redirect_to_login(request.path)
    if user is not None:
        return _join_as(request, invitation, user)
    form = JoinForm(invitation, request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.save()
        login(request, person, backend=BACKEND)
        return _joined(request, invitation, person)
    return render(request, "accounts/join.html", {"invitation": invitation, "form": form})


def _join_as(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    if user.email.casefold() != invitation.email.casefold():
        return render(request, "accounts/join_other.html", {"invitation": invitation}, status=403)
    if request.method == "POST":
        invitation.accept(user)
        return _joined(request, invitation, user)
    return render(request, "accounts/join.html", {"invitation": invitation})


def _joined(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    workspace = invitation.workspace
    Access(workspace, invitation.as_role, user, None).audit(
        "person.joined", user, str(user), role=invitation.role
    )
    messages.success(request, _("Welcome to %(workspace)s.") % {"workspace": workspace})
    return redirect(reverse("today:index", args=[workspace.slug]))
