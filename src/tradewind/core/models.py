"""Small helpers that every model file uses."""

from enum import StrEnum

from django.db import models


def in_enum(field: str, enum: type[StrEnum], name: str) -> models.CheckConstraint:
    """A CHECK that keeps `field` inside `enum`, so that PostgreSQL refuses a state we never defined."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": sorted(member.value for member in enum)}), name=name
    )
