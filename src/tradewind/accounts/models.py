"""Workspaces, the people in them, their keys, and the record of what they did."""

from enum import StrEnum
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.roles import Role
from tradewind.core.models import in_enum


class UiLanguage(StrEnum):
    ENGLISH = "en"
    CHINESE = "zh-hans"


class UserManager(DjangoUserManager["User"]):
    """Users are known by their address; there is no user name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":  # type: ignore[override]
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":  # type: ignore[override]
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    language = models.TextField(default=UiLanguage.ENGLISH)
    time_zone = models.TextField(default="UTC")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar = [in_enum("language", UiLanguage, "user_language_known")]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Workspace(models.Model):
    """One exporter. Every other row of the product belongs to exactly one of these."""

    name = models.TextField()
    slug = models.SlugField(unique=True, max_length=60)
    # What a reader sees at the foot of a mail: the law of most countries asks for a postal address.
    company_name = models.TextField(blank=True)
    postal_address = models.TextField(blank=True)
    website = models.TextField(blank=True)
    country = models.TextField(blank=True)
    time_zone = models.TextField(default="UTC")
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="workspaces")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "user"], name="membership_once"),
            in_enum("role", Role, "membership_role_known"),
        ]

    @property
    def as_role(self) -> Role:
        return Role(self.role)


class ApiKey(models.Model):
    """A key of a program. Only its SHA-256 is kept; the key itself is shown once, when it is made."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_keys")
    name = models.TextField()
    prefix = models.TextField()
    digest = models.BinaryField(unique=True)
    role = models.TextField(default=Role.MARKETER)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [in_enum("role", Role, "api_key_role_known")]


class AuditEntry(models.Model):
    """Who changed what and when; never updated, never deleted by the product."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="audit_entries")
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.TextField()  # "campaign.started": noun.verb in the past tense
    target = models.TextField(blank=True)  # "campaign:12"
    summary = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "-at"], name="audit_by_time")]
