"""Who may see and change what: the only way from a request to the rows of a workspace.

Every page of a workspace is a view under `/w/<slug>/`, decorated with `@member(...)`:

    @member(Permission.EDIT_CONTENT)
    def edit(request: MemberRequest, pk: int) -> HttpResponse:
        template = request.access.get(Template, pk=pk)

Who is not logged in is asked to; to a stranger the workspace does not exist (404, so that names cannot be
guessed); a member whose role is too low is told so (403). Rows of other workspaces are never found, whatever
number stands in the address.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from tradewind.accounts.models import ApiKey, AuditEntry, Membership, User, Workspace
from tradewind.accounts.roles import Permission, Role

M = TypeVar("M", bound=Model)
P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


@dataclass(frozen=True, slots=True)
class Access:
    """What one person (or one key) may do in one workspace."""

    workspace: Workspace
    role: Role
    user: User | None
    api_key: ApiKey | None

    def allows(self, permission: Permission) -> bool:
        return self.role.may(permission)

    def require(self, permission: Permission) -> None:
        """Nothing, or PermissionDenied with a sentence for the person."""
        if not self.allows(permission):
            raise PermissionDenied(
                _(
                    "Your role here is %(role)s, which does not include this. An owner or administrator can change your role."
                )
                % {"role": self.role.label}
            )

    def rows(self, model: type[M]) -> QuerySet[M]:
        """The rows of `model` that belong to this workspace."""
        return model._default_manager.filter(workspace=self.workspace)

    def get(self, model: type[M], **lookup: Any) -> M:
        """One row of this workspace, or Http404."""
        return get_object_or_404(self.rows(model), **lookup)

    def audit(self, action: str, target: Model | None = None, summary: str = "", **data: Any) -> None:
        """Note who did what; `action` is noun.verb in the past tense ("campaign.started")."""
        AuditEntry.objects.create(
            workspace=self.workspace,
            actor=self.user,
            api_key=self.api_key,
            action=action,
            target=f"{target._meta.model_name}:{target.pk}" if target is not None else "",
            summary=summary,
            data=data,
        )

    def url(self, name: str, *args: Any, **kwargs: Any) -> str:
        """The address of a page of this workspace: `access.url("campaigns:report", campaign.pk)`."""
        if kwargs:
            return reverse(name, kwargs={"workspace": self.workspace.slug, **kwargs})
        return reverse(name, args=[self.workspace.slug, *args])

    @classmethod
    def of_user(cls, user: User | AnonymousUser, slug: str) -> "Access | None":
        """What `user` may do in the workspace at `slug`; None for a stranger and for a workspace that does not exist."""
        if not isinstance(user, User):
            return None
        membership = (
            Membership.objects.select_related("workspace").filter(user=user, workspace__slug=slug).first()
        )
        return cls(membership.workspace, membership.as_role, user, None) if membership else None

    @classmethod
    def of_key(cls, key: ApiKey) -> "Access":
        return cls(key.workspace, Role(key.role), None, key)


class MemberRequest(HttpRequest):
    """The type of `request` in a view behind `@member`: somebody is logged in and belongs here."""

    user: User
    access: Access


def to_login(request: HttpRequest) -> HttpResponse:
    """Ask for the log-in, and come back afterwards; also from a part of a page that htmx fetched."""
    if request.headers.get("HX-Request") != "true":
        return redirect_to_login(request.get_full_path())
    page = request.headers.get("HX-Current-URL", "")
    host = f"{request.scheme}://{request.get_host()}"
    target = page.removeprefix(host) if page.startswith(f"{host}/") else "/"
    return HttpResponse(headers={"HX-Redirect": redirect_to_login(target).url})


def member(
    permission: Permission = Permission.VIEW,
) -> Callable[[Callable[Concatenate[MemberRequest, P], R]], Callable[..., R | HttpResponse]]:
    """A decorator for views below `/w/<slug:workspace>/`: takes `workspace` from the address and sets `request.access`."""

    def decorate(view: Callable[Concatenate[MemberRequest, P], R]) -> Callable[..., R | HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, workspace: str, **kwargs: Any) -> R | HttpResponse:
            if not request.user.is_authenticated:
                return to_login(request)
            access = Access.of_user(request.user, workspace)
            if access is None:
                raise Http404(_("There is no such workspace, or you are not a member of it."))
            request = cast(MemberRequest, request)
            request.access = access
            access.require(permission)
            return view(request, *args, **kwargs)

        return guarded

    return decorate
