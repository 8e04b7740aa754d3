"""How an operation is declared, and what happens around each: key, permission, body, transaction, idempotency.

    router = Noun("Lists")

    @router.writes("POST", "/lists", ListOut, permission=Permission.EDIT_AUDIENCE, status=201)
    def create_list(request: ApiRequest, response: HttpResponse, payload: ListIn) -> Any:
        '''Make a list.

        What follows the first line is the description.'''

Rules are in the rooms: an operation finds objects by `request.auth`, calls a room's function, and notes it by
`request.auth.audit`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from inspect import cleandoc
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Router
from ninja.decorators import decorate_view
from ninja.responses import Status

from tradewind.accounts.roles import Permission
from tradewind.api import idempotency, problems
from tradewind.api.auth import access_of
from tradewind.api.problems import Problem, ProblemOut

F = TypeVar("F", bound=Callable[..., Any])
Run = Callable[..., HttpResponse]
READ_PROBLEMS = frozenset({400, 401, 403, 404, 422, 500, 503})
WRITE_PROBLEMS = READ_PROBLEMS | {409, 413, 415}
JSON, FORM = "application/json", "multipart/form-data"
MOST_BODY = 2 * 1024 * 1024  # bytes of JSON
IDEMPOTENCY_PARAMETER = {
    "in": "header",
    "name": idempotency.HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "Sent twice with the same key, the request does its work once and gets the same answer.",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of a request before its operation runs, and how it runs."""

    permission: Permission
    status: int = 200
    writes: bool = False
    atomic: bool = True  # False: asks the network, and must not hold a transaction meanwhile
    takes: str = JSON
    media: str = JSON


class Noun(Router):
    """The operations about one noun."""

    def __init__(self, tag: str) -> None:
        super().__init__(tags=[tag])

    def reads(
        self, path: str, answer: Any, *, permission: Permission = Permission.VIEW, media: str = JSON
    ) -> Callable[[F], F]:
        """`media` other than JSON: the operation gives a response of its own."""
        return self._declare("GET", path, answer, Rule(permission, media=media))

    def writes(
        self,
        method: str,
        path: str,
        answer: Any = None,
        *,
        permission: Permission,
        status: int = 200,
        atomic: bool = True,
        takes: str = JSON,
    ) -> Callable[[F], F]:
        """`answer` None: 204 without a body."""
        status = 204 if answer is None else status
        return self._declare(method, path, answer, Rule(permission, status, True, atomic, takes))

    def _declare(self, method: str, path: str, answer: Any, rule: Rule) -> Callable[[F], F]:
        expected = WRITE_PROBLEMS if rule.writes else READ_PROBLEMS
        extra: dict[str, Any] = {"x-permission": rule.permission.value}
        if rule.media != JSON:
            extra["x-media-type"] = rule.media
        if method == "POST" and rule.atomic:
            extra["parameters"] = [IDEMPOTENCY_PARAMETER]

        def decorate(view: F) -> F:
            summary, _blank, description = cleandoc(view.__doc__ or "").partition("\n")
            self.add_api_operation(
                path,
                [method],
                decorate_view(partial(_guarded, rule))(_with_status(rule, view)),
                response={rule.status: answer} | dict.fromkeys(sorted(expected), ProblemOut),
                operation_id=view.__name__,
                summary=summary.rstrip("."),
                description=description.strip() or None,
                openapi_extra=extra,
            )
            return view

        return decorate


def _with_status(rule: Rule, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def operation(*args: Any, **kwargs: Any) -> Any:
        result = view(*args, **kwargs)
        return result if isinstance(result, HttpResponseBase) else Status(rule.status, result)

    return operation


def _guarded(rule: Rule, run: Run) -> Run:
    """The operation, entered only by who may, with a body that can be read."""

    def call(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            access = access_of(request)
            if access is None:
                raise problems.unauthenticated()
            access.require(rule.permission)
            _check_query(request)
            if not rule.writes:
                return run(request, **kwargs)
            _read_body(request, rule)
            work = partial(run, request, **kwargs)
            if not rule.atomic:
                return work()
            return (
                idempotency.once(request, access, work)
                if request.method == "POST"
                else idempotency.whole(work)
            )
        except Exception as error:
            return problems.of(request, error)

    return call


def _check_query(request: HttpRequest) -> None:
    for name, values in request.GET.lists():
        if any(not _storable(value) for value in (name, *values)):
            raise Problem(400, "bad_text", _("The address contains a character that no text can hold."))


def _read_body(request: HttpRequest, rule: Rule) -> None:
    """Parse the body once. Problem 400, 413, 415."""
    if rule.takes == FORM:
        if request.content_type != FORM:
            raise Problem(415, "content_type", _("Send a form: Content-Type multipart/form-data."))
        if any(not _storable(v) for name in request.POST for v in (name, *request.POST.getlist(name))):
            raise _bad_text()
        return
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BODY:
        raise problems.too_large()
    if not request.body:
        return
    if request.content_type != JSON and not (request.content_type or "").endswith("+json"):
        raise Problem(415, "content_type", _("Send JSON: Content-Type application/json."))
    request.json = _parsed(request.body)  # type: ignore[attr-defined]


def _parsed(body: bytes) -> object:
    try:
        found: object = json.loads(body, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise Problem(400, "bad_json", _("The body is not UTF-8.")) from None
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise Problem(
            400, "bad_json", _("The body is not JSON: see line %(line)s, column %(column)s.") % place
        ) from None
    except (ValueError, RecursionError):
        raise Problem(
            400, "bad_json", _("The body holds a number or a depth that JSON does not know.")
        ) from None
    waiting = [found]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str) and not _storable(part):
            raise _bad_text()
        if isinstance(part, dict):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            waiting += part
    return found


def _no_number(word: str) -> object:
    raise ValueError(word)  # NaN, Infinity


def _storable(text: str) -> bool:
    """PostgreSQL keeps no NUL, and UTF-8 no half of a pair."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _bad_text() -> Problem:
    detail = _("The body contains a character that no text can hold (NUL, or half of a surrogate pair).")
    return Problem(400, "bad_text", detail)
