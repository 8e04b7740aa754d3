"""The catalogue of mailbox providers, and who runs an MX."""

from pathlib import Path

import pytest
from django.conf import settings

from tradewind.senders import providers


@pytest.mark.parametrize(
    ("hosts", "key"),
    [
        (["gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com"], "gmail"),
        (["aspmx.l.google.com", "ALT1.aspmx.l.google.com."], "google_workspace"),
        (["example-com.mail.protection.outlook.com"], "microsoft365"),
        (["hotmail-com.olc.protection.outlook.com"], "outlook"),
        (["mx1.qq.com", "mx2.qq.com"], "qq"),
        (["mxbiz1.qq.com", "mxbiz2.qq.com"], "exmail"),
        (["163mx01.mxmail.netease.com"], "netease"),
        (["mx.yandex.ru"], "yandex"),
        (["mxs.mail.ru"], "mailru"),
        (["mx00.gmx.net"], "gmx"),
        (["d1234a.ess.barracudanetworks.com"], "barracuda"),
        (["eu-smtp-inbound-1.mimecast.com"], "mimecast"),
        (["mail.example.com"], "other"),
        (["aspmx.l.google.com", "mail.example.com"], "other"),  # two providers: none of them
        (["notgoogle.com.example"], "other"),
        (["evilgoogle.com"], "other"),  # the suffix begins with a dot
        ([], "other"),
    ],
)
def test_provider_of_mx(hosts: list[str], key: str) -> None:
    assert providers.of_mx(hosts) == key


def test_every_entry_has_usable_limits_and_a_source() -> None:
    known = providers.catalogue()
    assert len(known) >= 20
    for entry in known.values():
        assert entry.max_connections >= 1
        assert entry.rate_per_second > 0
        assert entry.tls in ("required", "offered")
        assert entry.source, entry.key


def test_no_mx_suffix_or_domain_belongs_to_two() -> None:
    for attribute in ("mx", "domains"):
        seen: dict[str, str] = {}
        for entry in providers.catalogue().values():
            for item in getattr(entry, attribute):
                assert item not in seen, f"{item} is in {seen.get(item)} and {entry.key}"
                seen[item] = entry.key


def test_an_installation_changes_and_adds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[gmail]\nmax_connections = 2\n[mine]\nname = "Mine"\nmx = [".mine.example"]\n', "utf-8")
    monkeypatch.setattr(settings, "PROVIDERS_FILE", str(file))
    providers.catalogue.cache_clear()
    try:
        assert providers.catalogue()["gmail"].max_connections == 2
        assert providers.catalogue()["gmail"].messages_per_connection == 50
        assert providers.of_mx(["mx.mine.example"]) == "mine"
    finally:
        providers.catalogue.cache_clear()


@pytest.mark.parametrize("text", ["[gmail", "[gmail]\nconections = 1\n", "[gmail]\nrate_per_second = 0\n"])
def test_a_broken_file_is_refused_with_its_entry(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text, "utf-8")
    monkeypatch.setattr(settings, "PROVIDERS_FILE", str(file))
    providers.catalogue.cache_clear()
    try:
        with pytest.raises(providers.CatalogueError, match=r"gmail|own\.toml"):
            providers.catalogue()
    finally:
        providers.catalogue.cache_clear()
