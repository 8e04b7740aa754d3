"""One laboratory for the tests of this folder; each gets it with empty books, and a workspace that can send."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.processes import free_port
from tests.story.stage import MAIL_HOST, PACE, Stage
from tradewind.core import dns
from tradewind.lab.testing import LabProcess


@dataclass(frozen=True)
class World:
    lab: LabProcess
    web_port: int
    inbound_port: int


def accepted(lab: LabProcess, least: float) -> Callable[[], bool]:
    """To wait for: the receivers have taken so many."""
    return lambda: bool(lab.books()["accepted"] >= least)


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    web_port, inbound_port = free_port(), free_port()
    with LabProcess(pace=PACE, inbound_port=inbound_port, web_port=web_port) as lab:
        yield World(lab, web_port, inbound_port)


def environment(world: World) -> dict[str, str]:
    """The settings of an installation whose internet is the laboratory."""
    host, port = world.lab.dns_address
    return {
        "TRADEWIND_LANGUAGE": "en",
        "TRADEWIND_PACE": str(PACE),
        "TRADEWIND_URL": f"http://127.0.0.1:{world.web_port}",
        "TRADEWIND_WEB_PORT": str(world.web_port),
        "TRADEWIND_ALLOWED_HOSTS": "*",
        "TRADEWIND_DNS": f"{host}:{port}",
        "TRADEWIND_ALLOW_LOOPBACK_MX": "1",
        "TRADEWIND_TRACKING_SCHEME": "http",
        "TRADEWIND_TRACKING_PORT": str(world.web_port),
        "TRADEWIND_MAIL_HOST": MAIL_HOST,
        "TRADEWIND_SENDING_ADDRESSES": "127.0.0.1",
        "TRADEWIND_INBOUND_PORT": str(world.inbound_port),
    }


@pytest.fixture
def stage(
    world: World, transactional_db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    world.lab.habits("*", restore=True)
    world.lab.reset()
    host, port = world.lab.dns_address
    settings.DNS_SERVERS = [f"{host}:{port}"]
    settings.PACE = PACE
    settings.MAIL_HOST, settings.SENDING_ADDRESSES = MAIL_HOST, ["127.0.0.1"]
    settings.PUBLIC_URL = f"http://127.0.0.1:{world.web_port}"
    settings.TRACKING_URL, settings.TRACKING_SCHEME, settings.TRACKING_PORT = None, "http", world.web_port
    monkeypatch.setattr(dns, "TIMEOUT", 0.3)
    monkeypatch.setattr(dns, "LIFETIME", 0.6)
    made = Stage(world.lab, tmp_path, environment(world))
    made.furnish()
    return made
