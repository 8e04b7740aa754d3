"""One lab process for all tests of this folder; each test gets it with empty books and restored habits."""

from collections.abc import Iterator

import pytest

from tests.lab.exporter import Exporter, Inbound, Web, records
from tradewind.lab.testing import LabProcess

PACE = 2000.0


@pytest.fixture(scope="session")
def inbound() -> Iterator[Inbound]:
    server = Inbound()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def web() -> Iterator[Web]:
    server = Web()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def running_lab(inbound: Inbound) -> Iterator[LabProcess]:
    with LabProcess(seed=7, pace=PACE, inbound_port=inbound.port) as lab:
        yield lab


@pytest.fixture
def lab(running_lab: LabProcess) -> LabProcess:
    running_lab.reset()
    running_lab.publish(records())
    return running_lab


@pytest.fixture
def exporter(lab: LabProcess, inbound: Inbound, web: Web) -> Exporter:
    inbound.got.clear()
    inbound.refuse_first = 0
    web.hits.clear()
    return Exporter(lab, inbound, web)
