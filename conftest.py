"""What every test of the project shares (the environment and the database come from
`tradewind.core.testing`)."""

import os
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.utils import translation
from hypothesis import settings

# Here again, because fixtures of a conftest come before those of pytest-django.
from tradewind.core.testing import django_db_createdb, django_db_modify_db_settings

__all__ = ["django_db_createdb", "django_db_modify_db_settings"]

# No deadline: a busy machine is not a failure. More examples where time does not matter.
settings.register_profile("quick", max_examples=60, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Rate limits and other things in the cache, and the language of a page, do not outlive a test."""
    yield
    cache.clear()
    translation.deactivate()
