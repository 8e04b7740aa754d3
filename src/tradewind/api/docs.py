"""The page at /api/v1/docs: Swagger UI as django-ninja brings it along, served from here; nothing is asked of others."""

from importlib.resources import files

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

FILES = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui-init.js": "text/javascript; charset=utf-8",
    "favicon.svg": "image/svg+xml",
}


class DocsPage(DocsBase):
    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: object) -> HttpResponse:
        settings = {
            "url": self.get_openapi_url(api, {}),
            "layout": "BaseLayout",
            "deepLinking": True,
            "persistAuthorization": True,
            "displayRequestDuration": True,
            "docExpansion": "none",
            "filter": True,
        }
        return render(request, "api/docs.html", {"settings": settings, "title": api.title})


@require_GET
def file(request: HttpRequest, name: str) -> HttpResponse:
    """One of the page's own files."""
    if name not in FILES:
        raise Http404
    content = (files("ninja") / "static" / "ninja" / name).read_bytes()
    return HttpResponse(content, content_type=FILES[name], headers={"Cache-Control": "public, max-age=86400"})
