"""The API: its operations, its answers to errors, its description."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder

from tradewind.api import (
    campaigns,
    channels,
    companies,
    contacts,
    domains,
    events,
    imports,
    leads,
    lists,
    messages,
    problems,
    reports,
    suppressions,
    templates,
    workspace,
)
from tradewind.api.auth import KeyAuth
from tradewind.api.docs import DocsPage
from tradewind.api.problems import Problem
from tradewind.api.routes import JSON

ABOUT = """
Everything that people do in the pages, for programs. Each key belongs to one workspace and has a role.

Lists come in pages (`limit`, `cursor`, `next`); a POST can carry an `Idempotency-Key`; errors are RFC 9457 problem details
in the language of `Accept-Language`; times are ISO 8601 in UTC.
"""
ROUTERS = (
    workspace.router,
    contacts.router,
    companies.router,
    lists.router,
    suppressions.router,
    imports.router,
    templates.router,
    domains.router,
    channels.router,
    campaigns.router,
    reports.router,
    messages.router,
    events.router,
    leads.router,
)


class ParsedAlready(Parser):
    """The body was read, and judged, before the operation was entered (routes.py)."""

    def parse_body(self, request: HttpRequest) -> Any:
        return request.json  # type: ignore[attr-defined]


class UtcEncoder(NinjaJSONEncoder):
    def default(self, o: Any) -> Any:
        """Times leave in UTC, whatever zone they came in with."""
        return super().default(o.astimezone(UTC) if isinstance(o, datetime) else o)


class Readable(JSONRenderer):
    encoder_class = UtcEncoder
    json_dumps_params = {"ensure_ascii": False}


class Api(NinjaAPI):
    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """OpenAPI 3.1, with problems and files under their own media types."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for operations in schema["paths"].values():
            for operation in operations.values():
                media = operation.get("x-media-type", JSON)
                for status, response in operation["responses"].items():
                    if JSON in response.get("content", {}):
                        own = problems.MEDIA_TYPE if int(status) >= 400 else media
                        response["content"] = {own: response["content"].pop(JSON)}
        return schema


api = Api(
    title="Tradewind API",
    version="1",
    description=ABOUT,
    urls_namespace="api",
    auth=KeyAuth(),
    parser=ParsedAlready(),
    renderer=Readable(),
    docs=DocsPage(),
)
for _error in (Exception, Problem, Http404, HttpError, ValidationError, PermissionDenied):
    api.add_exception_handler(_error, problems.of)
for _router in ROUTERS:
    api.add_router("", _router)
