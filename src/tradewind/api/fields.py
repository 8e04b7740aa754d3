"""Types that several operations use."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from ninja import Field, Schema
from pydantic import AwareDatetime, ConfigDict, StringConstraints

from tradewind.accounts.access import Access
from tradewind.api.problems import Problem, invalid

M = TypeVar("M", bound=Model)

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Ids = Annotated[list[Id], Field(max_length=10_000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Short = Annotated[str, StringConstraints(max_length=500)]
Long = Annotated[str, StringConstraints(max_length=1_000_000)]
Time = AwareDatetime


class In(Schema):
    """What callers send: a field that does not exist is an error, not a silence."""

    model_config = ConfigDict(extra="forbid")


class Reason(In):
    """Why; people read it beside the campaign."""

    why: Short = Field("", examples=["Wrong price list"])


def all_of(access: Access, model: type[M], ids: Sequence[int], field: str) -> list[M]:
    """The rows with these ids. Problem 422 names the field when one is not there."""
    found = list(access.rows(model).filter(pk__in=ids).order_by("pk"))
    missing = sorted(set(ids) - {row.pk for row in found})
    if missing:
        some = ", ".join(str(pk) for pk in missing[:10])
        raise invalid({field: _("There is no %(ids)s in this workspace.") % {"ids": some}}, "unknown")
    return found


def one_of(access: Access, model: type[M], pk: int | None, field: str) -> M | None:
    """The row with that id, or None for None. Problem 422 names the field when it is not there."""
    return all_of(access, model, [pk], field)[0] if pk is not None else None


@contextmanager
def unique(field: str) -> Iterator[None]:
    """Problem 409 when the database has such a row already."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        detail = _("There is one like this already. Nothing was changed.")
        problem: dict[str, Any] = {"where": f"body.{field}", "code": "taken", "detail": detail}
        raise Problem(409, "taken", detail, [problem]) from error
