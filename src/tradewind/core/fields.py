"""Model fields of our own."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tradewind.core import crypto

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField


class EncryptedTextField(_Text):
    """Text that is encrypted at rest (`core.crypto`). It cannot be searched; an empty text stays empty."""

    def from_db_value(
        self, value: str | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> str | None:
        return crypto.decrypt_text(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        plain = super().get_prep_value(value)
        return crypto.encrypt(plain) if plain else plain

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("isnull",):
            raise TypeError(f"{self.name} is encrypted and cannot be searched with {lookup_name!r}")
        return super().get_lookup(lookup_name)
