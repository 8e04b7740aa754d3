"""The web server's application: the tracking edge in front, Django behind it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradewind.core.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from tradewind.signals.edge import wrap  # noqa: E402  (settings must be ready)

application = wrap(django_application)  # type: ignore[arg-type]  # Django narrows the scope to a dict
