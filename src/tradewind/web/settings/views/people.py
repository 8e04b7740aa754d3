"""People of a workspace, their roles, and invitations."""

from smtplib import SMTPException

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tradewind.accounts.access import Access, MemberRequest, member
from tradewind.accounts.models import Invitation, LastOwnerError, Membership
from tradewind.accounts.roles import Permission, Role
from tradewind.web import choices
from tradewind.web.settings.forms import InvitationForm


def _link(invitation: Invitation) -> str:
    return settings.PUBLIC_URL + reverse("join", args=[invitation.token])


@member(Permission.MANAGE_WORKSPACE)
def index(request: MemberRequest) -> HttpResponse:
    """The people, and an invitation: made here, shown as a link to hand on; mailed as well where that is set up."""
    form = InvitationForm(request.access, request.POST or None)
    if request.method == "POST" and form.is_valid():
        _invite(request, form.cleaned_data["email"], Role(form.cleaned_data["role"]))
        return redirect(request.access.url("settings:people"))
    given = request.access.role
    members = request.access.rows(Membership).select_related("user").order_by("created_at")
    people = [
        {
            "membership": one,
            "mine": given.may_give(one.as_role),
            "roles": choices.roles(given),
            "self": one.user == request.user,
        }
        for one in members
    ]
    invitations = [
        (one, _link(one)) for one in Invitation.open_in(request.access.workspace).select_related("invited_by")
    ]
    context = {"form": form, "people": people, "invitations": invitations, "roles": list(Role)}
    return render(request, "settings/people.html", context)


def _invite(request: MemberRequest, email: str, role: Role) -> None:
    access = request.access
    invitation = Invitation.invite(access.workspace, email, role, request.user)
    access.audit("person.invited", invitation, f"{email} ({role.label})", role=role.value)
    if settings.SYSTEM_MAIL and _mailed(access, invitation):
        messages.success(
            request,
            _("The invitation was sent to %(email)s. Its link stands below as well.") % {"email": email},
        )
    elif settings.SYSTEM_MAIL:
        messages.warning(
            request,
            _("The mail to %(email)s could not be sent. Copy the link below and send it yourself.")
            % {"email": email},
        )
    else:
        messages.success(
            request,
            _("The invitation is ready. Copy its link below and send it to %(email)s.") % {"email": email},
        )


def _mailed(access: Access, invitation: Invitation) -> bool:
    subject = _("%(person)s invites you to %(workspace)s") % {
        "person": access.user,
        "workspace": access.workspace,
    }
    text = _("Open this link within 7 days to join:\n\n%(link)s\n") % {"link": _link(invitation)}
    try:
        return send_mail(subject.replace("\n", " "), text, None, [invitation.email]) == 1
    except (OSError, SMTPException):
        return False


def _of(request: MemberRequest, pk: int) -> Membership:
    membership = request.access.get(Membership, pk=pk)
    if not request.access.role.may_give(membership.as_role):
        raise PermissionDenied(_("Only an owner can change or remove an owner."))
    return membership


@require_POST
@member(Permission.MANAGE_WORKSPACE)
def change_role(request: MemberRequest, pk: int) -> HttpResponse:
    membership = _of(request, pk)
    wanted = request.POST.get("role", "")
    if wanted not in list(Role) or not request.access.role.may_give(Role(wanted)):
        raise PermissionDenied(_("Only an owner can make somebody an owner."))
    try:
        membership.change_role(Role(wanted))
    except LastOwnerError:
        messages.error(
            request,
            _("%(person)s is the only owner. Make somebody else an owner first.")
            % {"person": membership.user},
        )
    else:
        request.access.audit(
            "person.role_changed", membership.user, f"{membership.user}: {Role(wanted).label}", role=wanted
        )
        messages.success(
            request,
            _("%(person)s is now: %(role)s.") % {"person": membership.user, "role": Role(wanted).label},
        )
    return redirect(request.access.url("settings:people"))


@require_POST
@member(Permission.MANAGE_WORKSPACE)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    membership = _of(request, pk)
    person = membership.user
    try:
        membership.remove()
    except LastOwnerError:
        messages.error(
            request,
            _("%(person)s is the only owner. Make somebody else an owner first.") % {"person": person},
        )
        return redirect(request.access.url("settings:people"))
    request.access.audit("person.removed", person, str(person))
    messages.success(
        request, _("%(person)s can no longer open this workspace. What they made stays.") % {"person": person}
    )
    return redirect("home" if person == request.user else request.access.url("settings:people"))


@require_POST
@member(Permission.MANAGE_WORKSPACE)
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    invitation = request.access.get(Invitation, pk=pk, accepted_at=None)
    request.access.audit("person.invitation_withdrawn", invitation, invitation.email)
    invitation.delete()
    messages.success(request, _("Withdrawn. The link no longer works."))
    return redirect(request.access.url("settings:people"))
