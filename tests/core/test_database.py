"""The test database is there, is PostgreSQL, and is the one that Django and our own connections use."""

import psycopg
import pytest
from django.db import connection

from tradewind.core.databases import conninfo, from_url
from tradewind.core.env import EnvError


@pytest.mark.django_db
def test_version_and_name() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('server_version_num')::int")
        name, version = cursor.fetchone()
    assert name.startswith("test_")
    assert version >= 150000


@pytest.mark.django_db
def test_our_own_connections_go_to_the_same_database() -> None:
    with psycopg.connect(conninfo()) as own:
        assert own.info.dbname == connection.settings_dict["NAME"]


def test_from_url() -> None:
    found = from_url("postgresql://me:p%40ss@/tw?host=%2Frun%2Fpg&port=5433&sslmode=require")
    assert (found["HOST"], found["PORT"], found["PASSWORD"]) == ("/run/pg", "5433", "p@ss")
    assert found["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    "url", ["mysql://h/x", "postgresql://h", "postgresql://h/", "postgresql://h:port/x", "sqlite:///x"]
)
def test_from_url_refuses(url: str) -> None:
    with pytest.raises(EnvError, match="DATABASE_URL"):
        from_url(url)
