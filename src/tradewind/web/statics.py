"""Scripts, styles and icons: made by `make assets` with a content hash in each name, served by WhiteNoise from
the package itself."""

import json
import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

DIST = Path(__file__).parent / "static" / "dist"
HASHED = re.compile(r"/dist/[a-z0-9-]+-[0-9A-Za-z]{8}\.[a-z]+$")


class AssetsMissingError(RuntimeError):
    """The front end was not built."""


@cache
def _manifest(_changed: float) -> dict[str, str]:
    manifest: dict[str, str] = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def asset(name: str) -> str:
    """The address of a built file: `asset("app.css")`. Raises AssetsMissingError with what to do."""
    try:
        changed = (DIST / "manifest.json").stat().st_mtime if settings.DEBUG else 0.0
        return static(f"dist/{_manifest(changed)[name]}")
    except (FileNotFoundError, KeyError):
        raise AssetsMissingError(
            f"{name} was not built. Run `make assets` in the checkout, then start again."
        ) from None


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, but a file leaves in one piece: under ASGI a streamed one would be read in threads, by blocks."""

    def immutable_file_test(self, _path: str, url: str) -> bool:
        """Whether browsers may keep a file for ever: its name changes with its content."""
        return HASHED.search(url) is not None

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method or "GET", request.META)
        body = found.file.read() if found.file is not None else b""
        if found.file is not None:
            found.file.close()
        response = HttpResponse(body, status=int(found.status))
        del response["Content-Type"]  # WhiteNoise names it, where there is one
        for key, value in found.headers:
            response[key] = value
        return response
