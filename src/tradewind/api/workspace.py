"""The workspace of the key, its members, and who changed what."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Field, Query, Schema

from tradewind.accounts.models import AuditEntry, Membership
from tradewind.accounts.roles import Permission, Role
from tradewind.api.auth import ApiRequest
from tradewind.api.pages import Page, Paging, page
from tradewind.api.routes import Noun

router = Noun("Workspace")


class KeyOut(Schema):
    name: str = Field(examples=["ERP"])
    prefix: str = Field(
        examples=["tw_Zk3x9"], description="The first characters, by which people tell keys apart."
    )
    role: Role


class WorkspaceOut(Schema):
    id: int = Field(examples=[1])
    name: str = Field(examples=["Ningbo Lantern"])
    slug: str = Field(examples=["ningbo-lantern"])
    company_name: str = Field(examples=["Ningbo Lantern Co., Ltd."])
    postal_address: str
    website: str
    country: str = Field(examples=["CN"])
    time_zone: str = Field(examples=["Asia/Shanghai"])
    created_at: datetime
    key: KeyOut = Field(description="The key that asks.")


class MemberOut(Schema):
    user_id: int
    name: str = Field(examples=["Li Na"])
    email: str
    role: Role
    created_at: datetime


class AuditOut(Schema):
    id: int
    at: datetime
    action: str = Field(examples=["campaign.started"])
    target: str = Field(examples=["campaign:12"])
    summary: str
    user_id: int | None
    key: str | None = Field(description="Name of the key, when a program did it.")
    data: dict[str, Any]


@router.reads("/workspace", WorkspaceOut)
def get_workspace(request: ApiRequest, response: HttpResponse) -> Any:
    """Show the workspace of this key."""
    return {
        name: getattr(request.auth.workspace, name) for name in WorkspaceOut.model_fields if name != "key"
    } | {"key": request.auth.api_key}


@router.reads("/members", Page[MemberOut])
def list_members(request: ApiRequest, response: HttpResponse, paging: Query[Paging]) -> Any:
    """List the people of this workspace."""
    rows = request.auth.rows(Membership).select_related("user")
    return page(request, response, rows, paging, _member)


@router.reads("/audit-log", Page[AuditOut], permission=Permission.MANAGE_WORKSPACE)
def list_audit_log(
    request: ApiRequest, response: HttpResponse, paging: Query[Paging], action: str = ""
) -> Any:
    """List who changed what, newest first.

    `action` narrows it to one, like `campaign.started`."""
    rows = request.auth.rows(AuditEntry).select_related("api_key")
    return page(request, response, rows.filter(action=action) if action else rows, paging, _entry)


def _member(row: Membership) -> dict[str, Any]:
    user = row.user
    return {
        "user_id": user.pk,
        "name": str(user),
        "email": user.email,
        "role": row.as_role,
        "created_at": row.created_at,
    }


def _entry(row: AuditEntry) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in ("id", "at", "action", "target", "summary", "data")}
    return found | {"user_id": row.actor_id, "key": row.api_key.name if row.api_key else None}
