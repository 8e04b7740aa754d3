"""Templates and their immutable versions."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from tradewind.accounts.models import Workspace


class Template(models.Model):
    """What a marketer edits: the draft. What is sent is always a `TemplateVersion`."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="templates")
    name = models.TextField()
    subject = models.TextField(blank=True)  # Liquid
    preheader = models.TextField(blank=True)  # Liquid
    mjml = models.TextField(blank=True)  # MJML with Liquid
    text = models.TextField(blank=True)  # Liquid; empty: made from the HTML
    language = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "-updated_at"], name="template_recent")]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """A template as it was when something was sent with it. Never changed; the body is stored here once,
    not per message."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    subject = models.TextField()  # Liquid
    html = models.TextField()  # MJML compiled, CSS inlined, Liquid still in it; links still the author's
    text = models.TextField()  # Liquid
    mjml = models.TextField()
    merge_fields = models.JSONField(default=list)  # names used
    # SHA-256 over subject, html, text: an unchanged template makes no new version
    digest = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["template", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["template", "digest"], name="version_digest_once"),
        ]


class Link(models.Model):
    """A link target of a version, in order of appearance: click tokens name this row, so a redirect only
    goes where we meant it to.
    """

    version = models.ForeignKey(TemplateVersion, on_delete=models.CASCADE, related_name="links")
    position = models.IntegerField()  # 0-based, order in the HTML, then the text
    url = models.TextField()  # as written; may contain Liquid
    label = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "position"], name="link_position_once")
        ]
