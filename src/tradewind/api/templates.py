"""Templates: drafts, what is wrong with them, previews, versions, test sends."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Schema

from tradewind.accounts.roles import Permission
from tradewind.api.auth import ApiRequest
from tradewind.api.fields import Id, In, Long, Name, Short, one_of
from tradewind.api.pages import Page, Paging, page
from tradewind.api.problems import Problem, invalid
from tradewind.api.routes import Noun
from tradewind.audience.models import Contact
from tradewind.content import lint, preview, starting, versions
from tradewind.content.findings import Finding, Level, Part
from tradewind.content.models import Link, Template, TemplateVersion
from tradewind.outreach import testing
from tradewind.senders.models import Sender

router = Noun("Templates")


class TemplateRow(Schema):
    id: int
    name: str = Field(examples=["New lanterns, spring"])
    subject: str = Field(examples=["{{ first_name | default: 'Hello' }}, our spring lanterns"])
    language: str = Field(examples=["en"])
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class TemplateOut(TemplateRow):
    preheader: str
    mjml: str
    text: str = Field(description="Empty: the text part is made from the HTML.")


class TemplatePatch(In):
    """Only what is named changes. Liquid is allowed in all four parts."""

    name: Name = Field("", examples=["New lanterns, spring"])
    subject: Short = ""
    preheader: Short = ""
    mjml: Long = ""
    text: Long = ""
    language: str = Field("", max_length=35)


class TemplateIn(TemplatePatch):
    name: Name = Field(
        "", examples=["New lanterns, spring"], description="Needed unless a starter brings its own."
    )
    starter: str = Field(
        "", max_length=100, description="Begin as a copy of this starter; other fields replace its own."
    )


class FindingOut(Schema):
    level: Level
    code: str = Field(examples=["unknown_field"])
    sentence: str
    part: Part
    line: int | None
    evidence: str
    mend: str


class FindingsOut(Schema):
    can_send: bool
    findings: list[FindingOut]


class PreviewIn(In):
    contact: Id | None = Field(None, description="For this contact; null: for an invented one.")
    sender: Id | None = None


class RenderedOut(Schema):
    subject: str
    html: str
    text: str


class StarterOut(Schema):
    key: str = Field(examples=["introduction.en"])
    language: str
    name: str
    about: str
    subject: str


class StartersOut(Schema):
    items: list[StarterOut]


class VersionOut(Schema):
    id: int
    template_id: int
    number: int
    subject: str
    merge_fields: list[str]
    created_at: datetime


class LinkOut(Schema):
    id: int
    position: int
    url: str
    label: str


class VersionDetails(VersionOut):
    html: str
    text: str
    mjml: str
    links: list[LinkOut]


class TestSendIn(In):
    sender: Id
    email: str = Field(max_length=1000, examples=["alice@lantern.example"])
    contact: Id | None = Field(
        None, description="Fill it with the values of this contact; null: of an invented one."
    )


class TestSentOut(Schema):
    message_id: int = Field(description="Follow it at `/messages/{id}/trace`.")


@router.reads("/starters", StartersOut)
def list_starters(request: ApiRequest, response: HttpResponse) -> Any:
    """List the templates to begin from."""
    return {"items": list(starting.starters().values())}


@router.reads("/templates", Page[TemplateRow])
def list_templates(
    request: ApiRequest, response: HttpResponse, paging: Query[Paging], archived: bool = False
) -> Any:
    """List templates, newest first."""
    rows = request.auth.rows(Template).filter(archived_at__isnull=not archived)
    return page(request, response, rows, paging)


@router.writes("POST", "/templates", TemplateOut, permission=Permission.EDIT_CONTENT, status=201)
def create_template(request: ApiRequest, response: HttpResponse, payload: TemplateIn) -> Any:
    """Make a template, from nothing or from a starter."""
    values = payload.model_dump(exclude_unset=True)
    key = values.pop("starter", "")
    if not key and not values.get("name"):
        raise invalid({"name": _("Give the template a name.")}, "missing")
    try:
        home = request.auth.workspace
        found = starting.from_starter(home, key) if key else starting.blank(home, payload.name)
    except KeyError:
        raise invalid(
            {"starter": _("There is no such starter; they are listed at /starters.")}, "unknown"
        ) from None
    _set(found, values)
    request.auth.audit("template.created", found, found.name)
    return found


@router.reads("/templates/{int:template_id}", TemplateOut)
def get_template(request: ApiRequest, response: HttpResponse, template_id: Id) -> Any:
    """Show a template."""
    return request.auth.get(Template, pk=template_id)


@router.writes("PATCH", "/templates/{int:template_id}", TemplateOut, permission=Permission.EDIT_CONTENT)
def change_template(
    request: ApiRequest, response: HttpResponse, template_id: Id, payload: TemplatePatch
) -> Any:
    """Change the draft. What was sent with it keeps its version."""
    found = request.auth.get(Template, pk=template_id)
    values = payload.model_dump(exclude_unset=True)
    _set(found, values)
    request.auth.audit("template.changed", found, found.name, fields=sorted(values))
    return found


@router.writes(
    "POST", "/templates/{int:template_id}/copy", TemplateOut, permission=Permission.EDIT_CONTENT, status=201
)
def copy_template(request: ApiRequest, response: HttpResponse, template_id: Id) -> Any:
    """Make a template that says the same."""
    found = request.auth.get(Template, pk=template_id)
    made = starting.copy(found, _("%(name)s (copy)") % {"name": found.name})
    request.auth.audit("template.created", made, made.name)
    return made


@router.writes(
    "POST", "/templates/{int:template_id}/archive", TemplateOut, permission=Permission.EDIT_CONTENT
)
def archive_template(request: ApiRequest, response: HttpResponse, template_id: Id) -> Any:
    """Put a template away; what uses it keeps working."""
    return _archive(request, template_id, True)


@router.writes(
    "POST", "/templates/{int:template_id}/restore", TemplateOut, permission=Permission.EDIT_CONTENT
)
def restore_template(request: ApiRequest, response: HttpResponse, template_id: Id) -> Any:
    """Take a template out of the archive."""
    return _archive(request, template_id, False)


@router.reads("/templates/{int:template_id}/findings", FindingsOut)
def list_findings(request: ApiRequest, response: HttpResponse, template_id: Id) -> Any:
    """List what is wrong with a template, the worst first."""
    found = lint.findings(request.auth.get(Template, pk=template_id))
    can_send = not any(finding.level is Level.BLOCKS for finding in found)
    return {"can_send": can_send, "findings": found}


@router.writes("POST", "/templates/{int:template_id}/preview", RenderedOut, permission=Permission.VIEW)
def preview_template(request: ApiRequest, response: HttpResponse, template_id: Id, payload: PreviewIn) -> Any:
    """Show the mail as one reader would get it. Changes nothing."""
    found = request.auth.get(Template, pk=template_id)
    contact = one_of(request.auth, Contact, payload.contact, "contact")
    sender = one_of(request.auth, Sender, payload.sender, "sender")
    values = preview.sample_values(contact, request.auth.workspace, sender)
    try:
        return preview.render(found, values)
    except preview.CannotPreview as error:
        raise _cannot(error.findings) from error


@router.reads("/templates/{int:template_id}/versions", Page[VersionOut])
def list_versions(request: ApiRequest, response: HttpResponse, template_id: Id, paging: Query[Paging]) -> Any:
    """List what was sent with this template, as it was then."""
    found = request.auth.get(Template, pk=template_id)
    rows: QuerySet[TemplateVersion] = request.auth.rows(TemplateVersion).filter(template=found)
    return page(request, response, rows, paging)


@router.reads("/versions/{int:version_id}", VersionDetails)
def get_version(request: ApiRequest, response: HttpResponse, version_id: Id) -> Any:
    """Show a version with its links."""
    version = request.auth.get(TemplateVersion, pk=version_id)
    found = {name: getattr(version, name) for name in VersionDetails.model_fields if name != "links"}
    return found | {"links": list(Link.objects.filter(version=version).order_by("position"))}


@router.writes(
    "POST", "/templates/{int:template_id}/test", TestSentOut, permission=Permission.SEND, status=202
)
def send_test(request: ApiRequest, response: HttpResponse, template_id: Id, payload: TestSendIn) -> Any:
    """Send this template to one address, through the same gate and engine as a campaign."""
    template = request.auth.get(Template, pk=template_id)
    sender = one_of(request.auth, Sender, payload.sender, "sender")
    contact = one_of(request.auth, Contact, payload.contact, "contact")
    assert sender is not None
    try:
        message = testing.send_test(template, sender, payload.email, contact)
    except testing.NotReady as error:
        errors = [
            {"where": f"domain:{sender.domain_id}", "code": one.code, "detail": f"{one.title}: {one.why}"}
            for one in error.missing
        ]
        raise Problem(409, "domain_not_ready", str(error), errors) from error
    except testing.BadAddress as error:
        raise invalid({"email": str(error)}) from error
    except versions.CannotFreeze as error:
        raise _cannot(error.findings) from error
    request.auth.audit("template.test_sent", template, template.name, to=message.email)
    return {"message_id": message.pk}


def _set(template: Template, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(template, name, value)
    template.save(update_fields=[*sorted(values), "updated_at"])


def _archive(request: ApiRequest, template_id: int, away: bool) -> Template:
    found = request.auth.get(Template, pk=template_id)
    found.archived_at = timezone.now() if away else None
    found.save(update_fields=["archived_at"])
    request.auth.audit("template.archived" if away else "template.restored", found, found.name)
    return found


def _cannot(findings: list[Finding]) -> Problem:
    detail = _("The template cannot be compiled as it is; “errors” says why. Nothing was sent.")
    errors = [
        {"where": f"template.{one.part}", "code": one.code, "detail": f"{one.sentence} {one.where}"}
        for one in findings
    ]
    return Problem(422, "template_broken", detail, errors)
