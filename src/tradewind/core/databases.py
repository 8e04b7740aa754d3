"""From `DATABASE_URL` to the shape that Django wants."""

from typing import TypedDict
from urllib.parse import parse_qsl, unquote, urlsplit

from tradewind.core.env import EnvError


class Database(TypedDict):
    """One entry of Django's DATABASES."""

    ENGINE: str
    NAME: str
    USER: str
    PASSWORD: str
    HOST: str
    PORT: str
    CONN_MAX_AGE: int
    CONN_HEALTH_CHECKS: bool
    OPTIONS: dict[str, object]


def from_url(url: str) -> Database:
    """Django's settings for a `postgresql://` URL; a socket folder may stand in the query
    (`?host=/run/postgresql`), as libpq allows."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise EnvError("DATABASE_URL must begin with postgresql://. Tradewind works with PostgreSQL only.")
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = str(options.pop("host", "")) or unquote(parts.hostname or "")
    try:
        port = str(options.pop("port", "")) or str(parts.port or "")
    except ValueError:
        raise EnvError("DATABASE_URL has a port that is no number.") from None
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise EnvError(
            "DATABASE_URL names no database. Write it like postgresql://user:password@host/tradewind."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def conninfo(alias: str = "default") -> str:
    """The connection string of Django's database, for psycopg of our own; inside tests, that of the test
    database."""
    from django.db import connections
    from psycopg.conninfo import make_conninfo

    database = connections[alias].settings_dict
    parts = {
        "host": database["HOST"],
        "port": database["PORT"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "dbname": database["NAME"],
        **database["OPTIONS"],
    }
    return make_conninfo("", **{key: value for key, value in parts.items() if value not in ("", None)})
