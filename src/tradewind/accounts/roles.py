"""Roles of a member and what each may do: the only place where that is decided."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MARKETER = "marketer"
    SALES = "sales"
    VIEWER = "viewer"

    @property
    def label(self) -> Promise:
        return ROLE_LABELS[self]

    def may(self, permission: "Permission") -> bool:
        return permission in GRANTS[self]

    def may_give(self, role: "Role") -> bool:
        """Whether somebody with this role may give `role` to others, or take it from them: only an owner makes owners."""
        return self.may(Permission.MANAGE_WORKSPACE) and (role != Role.OWNER or self == Role.OWNER)

    @property
    def about(self) -> Promise:
        return ROLE_SENTENCES[self]


class Permission(StrEnum):
    VIEW = "view"
    EDIT_AUDIENCE = "edit_audience"
    EDIT_CONTENT = "edit_content"
    EDIT_CAMPAIGNS = "edit_campaigns"
    SEND = "send"
    WORK_SALES = "work_sales"
    MANAGE_SENDERS = "manage_senders"
    MANAGE_WORKSPACE = "manage_workspace"


ROLE_LABELS: dict[Role, Promise] = {
    Role.OWNER: pgettext_lazy("role", "Owner"),  # a company has an owner as well
    Role.ADMIN: _("Administrator"),
    Role.MARKETER: _("Marketer"),
    Role.SALES: _("Sales"),
    Role.VIEWER: _("Viewer"),
}

ROLE_SENTENCES: dict[Role, Promise] = {
    Role.OWNER: _("Everything, including who else is an owner."),
    Role.ADMIN: _("Everything except making or removing owners."),
    Role.MARKETER: _("Contacts, content, campaigns and sending; not domains, people and keys."),
    Role.SALES: _("Contacts, leads and conversations; may read the rest."),
    Role.VIEWER: _("May read everything and change nothing."),
}

_EVERYTHING = frozenset(Permission)
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _EVERYTHING,
    Role.ADMIN: _EVERYTHING,
    Role.MARKETER: frozenset(
        {
            Permission.VIEW,
            Permission.EDIT_AUDIENCE,
            Permission.EDIT_CONTENT,
            Permission.EDIT_CAMPAIGNS,
            Permission.SEND,
            Permission.WORK_SALES,
        }
    ),
    Role.SALES: frozenset({Permission.VIEW, Permission.EDIT_AUDIENCE, Permission.WORK_SALES}),
    Role.VIEWER: frozenset({Permission.VIEW}),
}
