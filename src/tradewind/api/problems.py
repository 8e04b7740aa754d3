"""What went wrong, as RFC 9457 problem details: `type` for programs, `detail` for people.

`raise Problem(409, "conflict", _("..."))` anywhere below an operation ends as such an answer; what the operation had written
by then is rolled back.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Field, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

log = structlog.get_logger(__name__)
Sentence = str | Promise

TYPE = "urn:tradewind:problem:"
MEDIA_TYPE = "application/problem+json"

TITLES: dict[int, Promise] = {
    400: gettext_lazy("The request cannot be understood"),
    401: gettext_lazy("An API key is needed"),
    403: gettext_lazy("This key may not do that"),
    404: gettext_lazy("There is nothing here"),
    405: gettext_lazy("This address does not take that method"),
    409: gettext_lazy("That is not possible now"),
    413: gettext_lazy("The request is too large"),
    415: gettext_lazy("This content type is not taken"),
    422: gettext_lazy("Something in the request is not right"),
    500: gettext_lazy("Something broke on our side"),
    503: gettext_lazy("Not available at the moment"),
}


class FieldError(Schema):
    """One thing that is wrong in what was sent."""

    where: str = Field(
        examples=["body.email"], description="`body`, `query`, `path` or `form`, then the field."
    )
    code: str = Field(examples=["missing"])
    detail: str = Field(examples=["This field is required."])


class ProblemOut(Schema):
    """RFC 9457 problem details."""

    type: str = Field(examples=[f"{TYPE}invalid"], description="Stable; the words of `detail` may change.")
    title: str = Field(examples=["Something in the request is not right"])
    status: int = Field(examples=[422])
    detail: str = Field(
        examples=["Nothing was changed. Mend the fields named in `errors` and send it again."]
    )
    errors: list[FieldError] = []


class Problem(Exception):
    """An expected refusal. `code` ends the `type`; `errors` name fields."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: Sentence,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code, detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = errors, headers or {}


def invalid(fields: Mapping[str, Sentence], code: str = "invalid", where: str = "body") -> Problem:
    """422: field → sentence, as the rooms hand it out."""
    errors = [
        {"where": f"{where}.{name}", "code": code, "detail": str(text)} for name, text in fields.items()
    ]
    return Problem(422, "invalid", _mend(), errors)


def conflict(detail: Sentence, code: str = "conflict") -> Problem:
    return Problem(409, code, detail)


def of(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """The answer for whatever was raised."""
    raised = error() if isinstance(error, type) else error
    return answer(known(raised) or _broken(request, raised))


def known(error: Exception) -> Problem | None:  # noqa: C901 - one case for each kind
    """The problem that an expected exception means; None for an unexpected one."""
    match error:
        case Problem():
            return error
        case ValidationError():
            return Problem(422, "invalid", _mend(), [_field_error(one) for one in error.errors])
        case AuthenticationError():
            return unauthenticated()
        case PermissionDenied():
            return Problem(
                403, "forbidden", str(error) or _("Use a key with a higher role. Nothing was changed.")
            )
        case Http404():
            return not_there()
        case RequestDataTooBig():
            return too_large()
        case UnreadablePostError():
            return Problem(
                400,
                "broken_upload",
                _("The connection broke before the whole request had come. Send it again."),
            )
        case MultiPartParserError() | SuspiciousOperation():
            return Problem(
                400,
                "bad_form",
                _("The form cannot be read: its parts are not as multipart/form-data wants them."),
            )
        case OperationalError() | InterfaceError():
            return _unavailable(error)
        case HttpError() if error.status_code in TITLES:
            return Problem(error.status_code, "request", str(error))
    return None


def answer(problem: Problem) -> HttpResponse:
    title = TITLES.get(problem.status, TITLES[500])
    body = {
        "type": f"{TYPE}{problem.code}",
        "title": str(title),
        "status": problem.status,
        "detail": str(problem.detail),
        "errors": [dict(one) for one in problem.errors],
    }
    text = json.dumps(body, ensure_ascii=False)
    return HttpResponse(text, status=problem.status, content_type=MEDIA_TYPE, headers=dict(problem.headers))


def not_allowed(response: HttpResponse) -> HttpResponse:
    """405, keeping which methods are allowed."""
    allowed = response.get("Allow", "")
    detail = _("Use one of these methods: %(allowed)s.") % {"allowed": allowed}
    return answer(Problem(405, "method_not_allowed", detail, headers={"Allow": allowed}))


def not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """For every address below the API that is none of ours."""
    detail = _("No operation has this address. All of them are listed at /api/v1/docs.")
    return answer(Problem(404, "no_such_address", detail))


def not_there() -> Problem:
    """The same for what was deleted, never existed, or belongs to another workspace."""
    return Problem(404, "not_found", _("There is no such object in the workspace of this key."))


def unauthenticated() -> Problem:
    detail = _(
        "Send a valid key as “Authorization: Bearer tw_…”. Keys are made, and revoked, in the workspace's settings."
    )
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


def too_large() -> Problem:
    return Problem(
        413, "too_large", _("The body of this request is larger than we take. Send it in smaller parts.")
    )


def _mend() -> str:
    return _("Nothing was changed. Mend the fields named in “errors” and send it again.")


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    """pydantic's words are English; the frequent ones are ours."""
    place = [str(part) for part in error["loc"]]
    if len(place) > 1 and place[0] == "body":
        place = [place[0], *place[2:]]  # the name of the function's parameter says nothing to the caller
    said = SENTENCES.get(error["type"])
    context = {key: str(value) for key, value in error.get("ctx", {}).items()}
    detail = str(said) % context if said else error["msg"].removeprefix("Value error, ")
    return {"where": ".".join(place), "code": error["type"], "detail": detail}


SENTENCES: dict[str, Promise] = {
    "missing": gettext_lazy("This field is required."),
    "extra_forbidden": gettext_lazy("There is no such field here."),
    "string_type": gettext_lazy("This must be a text."),
    "int_type": gettext_lazy("This must be a whole number."),
    "int_parsing": gettext_lazy("This must be a whole number."),
    "int_from_float": gettext_lazy("This must be a whole number."),
    "bool_type": gettext_lazy("This must be true or false."),
    "bool_parsing": gettext_lazy("This must be true or false."),
    "list_type": gettext_lazy("This must be a list."),
    "dict_type": gettext_lazy("This must be an object."),
    "model_attributes_type": gettext_lazy("This must be an object."),
    "model_type": gettext_lazy("This must be an object."),
    "enum": gettext_lazy("This must be one of: %(expected)s."),
    "literal_error": gettext_lazy("This must be one of: %(expected)s."),
    "greater_than_equal": gettext_lazy("This must be at least %(ge)s."),
    "less_than_equal": gettext_lazy("This must be at most %(le)s."),
    "string_too_long": gettext_lazy("This must have at most %(max_length)s characters."),
    "string_too_short": gettext_lazy("This must have at least %(min_length)s characters."),
    "too_long": gettext_lazy("This must have at most %(max_length)s entries."),
    "too_short": gettext_lazy("This must have at least %(min_length)s entries."),
    "datetime_from_date_parsing": gettext_lazy("This must be a time like 2026-05-04T09:00:00Z."),
    "datetime_parsing": gettext_lazy("This must be a time like 2026-05-04T09:00:00Z."),
    "datetime_type": gettext_lazy("This must be a time like 2026-05-04T09:00:00Z."),
    "timezone_aware": gettext_lazy("This time needs its zone: end it with Z, or with an offset like +08:00."),
}


def _unavailable(error: Exception) -> Problem:
    """The database is away, starts again, or gave way to another transaction."""
    log.warning("api.database_unavailable", why=str(error).strip())
    detail = _(
        "The database does not answer at the moment. Send the request again in a few seconds, with the same key."
    )
    return Problem(503, "unavailable", detail, headers={"Retry-After": "5"})


def _broken(request: HttpRequest, error: Exception) -> Problem:
    log.error("api.broken", method=request.method, path=request.path, exc_info=error)
    detail = _("Nothing was changed. The fault is in the log of the installation; try again later.")
    return Problem(500, "internal", detail)
