"""All addresses of the product. Each area is a folder of this package with its own `urls.py`."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

# Below /w/<workspace>/: address -> area.
AREAS = {
    "": "today",
    "campaigns/": "campaigns",
    "audience/": "audience",
    "content/": "content",
    "senders/": "senders",
    "deliverability/": "deliverability",
    "sales/": "sales",
    "settings/": "settings",
}
# Beside the workspaces: address -> module.
OUTSIDE = {
    "": "tradewind.web.accounts.urls",
    "accounts/": "allauth.urls",
    "u/": "tradewind.web.public.urls",
    "api/v1/": "tradewind.api.urls",
}


def _exists(module: str) -> bool:
    package, _, _name = module.rpartition(".")
    return find_spec(package) is not None and find_spec(module) is not None


def _included(address: str, module: str) -> list[URLPattern | URLResolver]:
    return [path(address, include(module))] if _exists(module) else []


urlpatterns: list[URLPattern | URLResolver] = [
    *(found for address, module in OUTSIDE.items() for found in _included(address, module)),
    *(
        found
        for address, area in AREAS.items()
        for found in _included(f"w/<slug:workspace>/{address}", f"tradewind.web.{area}.urls")
    ),
]

handler400 = "tradewind.web.errors.bad_request"
handler403 = "tradewind.web.errors.forbidden"
handler404 = "tradewind.web.errors.not_found"
handler500 = "tradewind.web.errors.broken"
