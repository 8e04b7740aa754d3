"""All addresses of the product. Each area is a folder of this package with its own `urls.py`.

Unsubscribing, opens and clicks (`/u/`, `/t/`) never come here: the tracking edge in front answers them.
"""

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

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tradewind.web.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("tradewind.api.urls")),
    *(
        path(f"w/<slug:workspace>/{address}", include(f"tradewind.web.{area}.urls"))
        for address, area in AREAS.items()
    ),
]

handler400 = "tradewind.web.errors.bad_request"
handler403 = "tradewind.web.errors.forbidden"
handler404 = "tradewind.web.errors.not_found"
handler500 = "tradewind.web.errors.broken"
