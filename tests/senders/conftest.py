"""The laboratory's DNS and mail servers, for what asks or connects."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tradewind.core import dns
from tradewind.lab.testing import LabProcess


@pytest.fixture(scope="session")
def lab_process() -> Iterator[LabProcess]:
    with LabProcess() as running:
        yield running


@pytest.fixture
def lab(lab_process: LabProcess, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> LabProcess:
    host, port = lab_process.dns_address
    settings.DNS_SERVERS = [f"{host}:{port}"]
    settings.MAIL_HOST = "mail.tradewind-lab.example"
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    settings.TRACKING_URL = None
    monkeypatch.setattr(dns, "TIMEOUT", 0.3)
    monkeypatch.setattr(dns, "LIFETIME", 0.6)
    lab_process.publish([{"name": "mail.tradewind-lab.example", "type": "A", "data": "127.0.0.1"}])
    return lab_process
