"""These tests log in without a password: making one need not be slow. And each begins in English."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A page asked for in Chinese leaves its language in this thread."""
    with translation.override("en"):
        yield
    translation.deactivate_all()
