"""`tradewind doctor` finds what is wrong, says how to mend it, and its exit code tells."""

import socket
import threading
from pathlib import Path

import pytest
from django.utils import translation
from pytest_django import Settings

from tradewind.core import dns, env, health, paths
from tradewind.core.health import Finding, State, Wishes


def _find(name: str, wishes: Wishes | None = None) -> list[Finding]:
    return [finding for finding in health.examine(wishes or Wishes()) if finding.name == name]


@pytest.mark.django_db
def test_a_well_database() -> None:
    assert [f.state for f in _find("database")] == [State.GOOD]
    assert [f.state for f in _find("migrations")] == [State.GOOD]
    assert [f.state for f in _find("clock")] == [State.GOOD]


@pytest.mark.django_db
def test_an_old_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_VERSION", 990000)
    (finding,) = _find("database")
    assert finding.state is State.BAD
    assert "too old" in finding.sentence


@pytest.mark.django_db
def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE", 1 << 60)
    assert {f.state for f in _find("disk")} == {State.BAD}


@pytest.mark.django_db
def test_an_open_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("x")
    (tmp_path / "secret-key").chmod(0o644)
    monkeypatch.setattr(paths, "DATA", tmp_path)
    (finding,) = _find("secrets")
    assert finding.state is State.BAD
    assert finding.mend == f"chmod 600 {tmp_path / 'secret-key'}"


@pytest.mark.django_db
def test_a_mistyped_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_WEBPORT", "1")
    monkeypatch.setattr(env, "_environ", {"TRADEWIND_WEBPORT": "1"})
    (finding,) = _find("settings")
    assert finding.state is State.WARNING
    assert "TRADEWIND_WEB_PORT" in finding.mend


@pytest.mark.django_db
def test_a_silent_resolver(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        settings.DNS_SERVERS = [f"127.0.0.1:{mute.getsockname()[1]}"]
        monkeypatch.setattr(dns, "TIMEOUT", 0.2)
        monkeypatch.setattr(dns, "LIFETIME", 0.3)
        (finding,) = _find("dns")
    assert finding.state is State.BAD
    assert "TRADEWIND_DNS" in finding.mend


@pytest.mark.django_db
def test_outgoing_mail_is_tried_only_when_asked() -> None:
    assert [f.state for f in _find("port 25")] == [State.SKIPPED]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def greet() -> None:
            peer, _ = listener.accept()
            with peer, peer.makefile("rwb", buffering=0) as lines:
                lines.write(b"220 here\r\n")
                while lines.readline():
                    lines.write(b"221 bye\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        good = _find("port 25", Wishes("127.0.0.1", port))
        thread.join()
    assert [f.state for f in good] == [State.GOOD]
    assert [f.state for f in _find("port 25", Wishes("127.0.0.1", port))] == [State.BAD]


@pytest.mark.django_db
def test_a_port_in_use(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.WEB_PORT = listener.getsockname()[1]
        (finding,) = _find("port of web")
    assert finding.state is State.WARNING


@pytest.mark.django_db
def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def _check_luck(_wishes: Wishes) -> list[Finding]:
        raise RuntimeError("broken mirror")

    monkeypatch.setattr(health, "CHECKS", (_check_luck,))
    (finding,) = health.examine(Wishes())
    assert (finding.name, finding.state) == ("luck", State.BAD)
    assert "broken mirror" in finding.sentence


@pytest.mark.django_db
def test_speaks_chinese() -> None:
    with translation.override("zh-hans"):
        (finding,) = _find("port 25")
        assert "邮件服务器" in finding.mend
