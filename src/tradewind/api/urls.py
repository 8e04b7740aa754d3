"""Addresses below /api/v1/. Whatever is none of ours, or is asked with a wrong method, is answered with a problem too."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from tradewind.api import docs, problems
from tradewind.api.app import api


def _answered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        return problems.not_allowed(response) if response.status_code == 405 else response

    return csrf_exempt(call)  # keys are no cookies: no other site can make a browser send them


def _operations() -> list[URLPattern | URLResolver]:
    patterns, _app, _namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name not in ("openapi-json", "openapi-view"):
            pattern.callback = _answered(pattern.callback)
    return list(patterns)


urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="api:openapi-view")),
    path("docs/<str:name>", docs.file),
    path("", include((_operations(), "ninja"), namespace="api")),
    re_path("", csrf_exempt(problems.not_found)),
]
