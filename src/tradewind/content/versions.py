"""Versions: a template as it was when something was sent with it."""

from django.db import transaction
from django.utils.translation import gettext as _

from tradewind.content.compile import Compiled, compile_template
from tradewind.content.findings import Finding
from tradewind.content.models import Link, Template, TemplateVersion


class CannotFreeze(Exception):
    """The template cannot be compiled; `findings` say why. The text is for people."""

    def __init__(self, findings: list[Finding]) -> None:
        reasons = " ".join(finding.sentence for finding in findings[:3])
        super().__init__(_("The template cannot be sent as it is. %(reasons)s") % {"reasons": reasons})
        self.findings = findings


def freeze(template: Template) -> TemplateVersion:
    """The version that says the same as the template now, made if there is none. Raises CannotFreeze."""
    compiled = compile_template(template)
    if isinstance(compiled, list):
        raise CannotFreeze(compiled)
    with transaction.atomic():
        Template.objects.select_for_update().get(pk=template.pk)  # two at once make one version
        known = template.versions.filter(digest=compiled.digest).first()
        return known or _make(template, compiled)


def _make(template: Template, compiled: Compiled) -> TemplateVersion:
    last = template.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = TemplateVersion.objects.create(
        workspace_id=template.workspace_id,
        template=template,
        number=last + 1,
        subject=compiled.subject,
        html=compiled.html,
        text=compiled.text,
        mjml=template.mjml,
        merge_fields=list(compiled.merge_fields),
        digest=compiled.digest,
    )
    Link.objects.bulk_create(
        Link(version=version, position=position, url=link.url, label=link.label)
        for position, link in enumerate(compiled.links)
    )
    return version
