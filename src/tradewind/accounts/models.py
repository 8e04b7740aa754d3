"""Workspaces, the people in them, their keys, and the record of what they did."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core import signing
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from tradewind.accounts.roles import Role
from tradewind.core.models import in_enum


class UiLanguage(StrEnum):
    ENGLISH = "en"
    CHINESE = "zh-hans"


class Theme(StrEnum):
    AUTO = "auto"  # as the system of the person says
    LIGHT = "light"
    DARK = "dark"


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
    language = models.TextField(default=UiLanguage.ENGLISH.value)
    time_zone = models.TextField(default="UTC")
    theme = models.TextField(default=Theme.AUTO.value)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar = [
            in_enum("language", UiLanguage, "user_language_known"),
            in_enum("theme", Theme, "user_theme_known"),
        ]

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

    @classmethod
    def found(cls, name: str, owner: User, **fields: Any) -> Self:
        """A new workspace with its owner. The slug comes from the name; where that gives nothing (中文) or is
        taken, it gets a tail."""
        stem = slugify(name)[:50] or "workspace"
        slug = stem
        while cls.objects.filter(slug=slug).exists():
            slug = f"{stem}-{secrets.token_hex(3)}"
        with transaction.atomic():
            workspace = cls.objects.create(name=name, slug=slug, **fields)
            Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
        return workspace


class LastOwnerError(Exception):
    """A workspace always keeps one owner: nobody else could ever let people in again."""


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

    def change_role(self, role: Role) -> None:
        """Raises LastOwnerError."""
        with transaction.atomic():
            if role != Role.OWNER:
                self._not_the_last_owner()
            self.role = role
            self.save(update_fields=["role"])

    def remove(self) -> None:
        """Take the person out of the workspace; what they made stays. Raises LastOwnerError."""
        with transaction.atomic():
            self._not_the_last_owner()
            self.delete()

    def _not_the_last_owner(self) -> None:
        owners = Membership.objects.select_for_update().filter(workspace=self.workspace_id, role=Role.OWNER)
        if self.role == Role.OWNER and len(owners) == 1:
            raise LastOwnerError


class Invitation(models.Model):
    """A link by which one person can join with one role, once, within a week."""

    LIFETIME = timedelta(days=7)
    SALT = "tradewind.invitation"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.TextField()
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [in_enum("role", Role, "invitation_role_known")]

    @property
    def as_role(self) -> Role:
        return Role(self.role)

    @property
    def token(self) -> str:
        """For the link; nobody can make one without the secret key."""
        return signing.dumps(self.pk, salt=self.SALT)

    @classmethod
    def open_in(cls, workspace: Workspace) -> models.QuerySet["Invitation"]:
        return cls.objects.filter(
            workspace=workspace, accepted_at=None, expires_at__gt=timezone.now()
        ).order_by("-id")

    @classmethod
    def invite(cls, workspace: Workspace, email: str, role: Role, by: User | None) -> "Invitation":
        """A fresh invitation; an open one to the same address is replaced, so that only the newest link works."""
        with transaction.atomic():
            cls.open_in(workspace).filter(email__iexact=email).delete()
            return cls.objects.create(
                workspace=workspace,
                email=email,
                role=role,
                invited_by=by,
                expires_at=timezone.now() + cls.LIFETIME,
            )

    @classmethod
    def of_token(cls, token: str) -> "Invitation | None":
        """The open invitation that `token` names; None if it was forged, used, withdrawn or is too old."""
        try:
            pk = signing.loads(token, salt=cls.SALT)
        except signing.BadSignature:
            return None
        found = cls.objects.select_related("workspace", "invited_by").filter(pk=pk, accepted_at=None)
        return found.filter(expires_at__gt=timezone.now()).first()

    def accept(self, user: User) -> Membership:
        """Let `user` in. Who is a member already keeps the role they have."""
        with transaction.atomic():
            member, _created = Membership.objects.get_or_create(
                workspace=self.workspace, user=user, defaults={"role": self.role}
            )
            self.accepted_at = timezone.now()
            self.save(update_fields=["accepted_at"])
        return member


class ApiKey(models.Model):
    """A key of a program. Only its SHA-256 is kept; the key itself is shown once, when it is made."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_keys")
    name = models.TextField()
    prefix = models.TextField()
    digest = models.BinaryField(unique=True)
    role = models.TextField(default=Role.MARKETER.value)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [in_enum("role", Role, "api_key_role_known")]

    PREFIX = "tw_"
    SHOWN = 8  # characters of the key that stay readable, so that people can tell keys apart
    TOUCH = timedelta(minutes=1)  # `last_used_at` is written at most this often

    def __str__(self) -> str:
        return self.name

    @property
    def as_role(self) -> Role:
        return Role(self.role)

    @classmethod
    def issue(cls, workspace: Workspace, name: str, role: Role, by: User | None) -> "tuple[ApiKey, str]":
        """The stored key and its text; the text is nowhere else and cannot be shown again."""
        raw = cls.PREFIX + secrets.token_urlsafe(32)
        key = cls.objects.create(
            workspace=workspace,
            name=name,
            role=role,
            created_by=by,
            prefix=raw[: cls.SHOWN],
            digest=_sha256(raw),
        )
        return key, raw

    @classmethod
    def authenticate(cls, raw: str) -> "ApiKey | None":
        """The key that `raw` is, unless it was revoked; notes that it was used.

        Looking up a digest tells a guesser nothing about the text (256 random bits); the comparison takes
        constant time all the same.
        """
        digest = _sha256(raw)
        key = cls.objects.select_related("workspace").filter(digest=digest, revoked_at=None).first()
        if key is None or not hmac.compare_digest(bytes(key.digest), digest):
            return None
        now = timezone.now()
        if key.last_used_at is None or now - key.last_used_at > cls.TOUCH:
            key.last_used_at = now
            key.save(update_fields=["last_used_at"])
        return key

    def revoke(self) -> None:
        self.revoked_at = timezone.now()
        self.save(update_fields=["revoked_at"])


def _sha256(raw: str) -> bytes:
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).digest()


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
