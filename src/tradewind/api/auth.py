"""Who calls: a key of one workspace, which stands for what it may see and change there."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from tradewind.accounts.access import Access
from tradewind.accounts.models import ApiKey

SCHEME = "bearer "


class ApiRequest(HttpRequest):
    """The type of `request` in an operation."""

    auth: Access
    json: object  # the parsed body
    _access: Access | None


class KeyAuth(HttpBearer):
    """`Authorization: Bearer tw_...`. The key is looked up once per request."""

    def __call__(self, request: HttpRequest) -> Access | None:
        return access_of(request)

    def authenticate(self, request: HttpRequest, token: str) -> Access | None:
        key = ApiKey.authenticate(token)
        return Access.of_key(key) if key else None


def access_of(request: HttpRequest) -> Access | None:
    """What the caller may do; None without a valid key."""
    if not hasattr(request, "_access"):
        header = request.headers.get("Authorization", "")
        raw = header[len(SCHEME) :].strip() if header[: len(SCHEME)].lower() == SCHEME else ""
        request._access = KeyAuth().authenticate(request, raw) if raw else None  # type: ignore[attr-defined]
    found: Access | None = request._access  # type: ignore[attr-defined]
    return found
