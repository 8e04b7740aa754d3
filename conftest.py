"""What every test of the project shares (the environment and the database come from
`tradewind.core.testing`)."""

import os

from hypothesis import settings

# Here again, because fixtures of a conftest come before those of pytest-django.
from tradewind.core.testing import django_db_createdb, django_db_modify_db_settings

__all__ = ["django_db_createdb", "django_db_modify_db_settings"]

# No deadline: a busy machine is not a failure. More examples where time does not matter.
settings.register_profile("quick", max_examples=60, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
