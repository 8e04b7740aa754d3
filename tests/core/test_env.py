"""Settings are read strictly: what cannot be meant is refused with a sentence that names the variable."""

from pathlib import Path

import pytest

from tradewind.core import env


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "REGISTRY", {})


@pytest.mark.parametrize(
    ("raw", "meant"),
    [("1", True), ("TRUE", True), ("off", False), ("0", False), ("", False), (" yes ", True)],
)
def test_flag(monkeypatch: pytest.MonkeyPatch, raw: str, meant: bool) -> None:
    monkeypatch.setenv("TRADEWIND_X", raw)
    assert env.flag("TRADEWIND_X", False, "x") is meant


@pytest.mark.parametrize("raw", ["2", "ja", "truee", "None"])
def test_flag_refuses_guesses(monkeypatch: pytest.MonkeyPatch, raw: str) -> None:
    monkeypatch.setenv("TRADEWIND_X", raw)
    with pytest.raises(env.EnvError, match="TRADEWIND_X is"):
        env.flag("TRADEWIND_X", True, "x")


@pytest.mark.parametrize("raw", ["8000.0", "0x10", "1_000", "eight", "70000", "-1", "٣"])
def test_whole_refuses(monkeypatch: pytest.MonkeyPatch, raw: str) -> None:
    monkeypatch.setenv("TRADEWIND_X", raw)
    with pytest.raises(env.EnvError):
        env.whole("TRADEWIND_X", 1, "x", least=0, most=65535)


@pytest.mark.parametrize("raw", ["nan", "inf", "-1", "1,5"])
def test_number_refuses(monkeypatch: pytest.MonkeyPatch, raw: str) -> None:
    monkeypatch.setenv("TRADEWIND_X", raw)
    with pytest.raises(env.EnvError):
        env.number("TRADEWIND_X", 1.0, "x", least=0)


def test_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_X", "loud")
    with pytest.raises(env.EnvError, match="one of info, debug"):
        env.text("TRADEWIND_X", "info", "x", choices=("info", "debug"))


def test_words_drop_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_X", " a, ,b,")
    assert env.words("TRADEWIND_X", (), "x") == ["a", "b"]


def test_secret_from_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("geheim \n", encoding="utf-8")
    monkeypatch.setenv("TRADEWIND_X_FILE", str(file))
    assert env.secret("TRADEWIND_X", "x") == "geheim "


def test_secret_twice_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRADEWIND_X", "a")
    monkeypatch.setenv("TRADEWIND_X_FILE", str(tmp_path / "key"))
    with pytest.raises(env.EnvError, match="both set"):
        env.secret("TRADEWIND_X", "x")


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_secret_file_missing_or_empty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    monkeypatch.setenv("TRADEWIND_X_FILE", str(file))
    with pytest.raises(env.EnvError, match="TRADEWIND_X_FILE"):
        env.secret("TRADEWIND_X", "x")


def test_secret_value_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEWIND_X", "hunter2")
    with pytest.raises(env.EnvError) as caught:
        env.secret("TRADEWIND_X", "x", least_length=32)
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("TRADEWIND_Y", "mysql://me:hunter2@host/x")
    with pytest.raises(env.EnvError) as caught:
        env.url("TRADEWIND_Y", None, "x", schemes=("postgresql",), secret=True)
    assert "hunter2" not in str(caught.value)


def test_a_name_has_one_meaning() -> None:
    env.flag("TRADEWIND_X", False, "x")
    env.flag("TRADEWIND_X", False, "x")
    with pytest.raises(RuntimeError, match="declared twice"):
        env.whole("TRADEWIND_X", 1, "x")


def test_strays_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    env.whole("TRADEWIND_WEB_PORT", 8000, "x")
    monkeypatch.setattr(env, "_environ", {"TRADEWIND_WEBPORT": "1", "TRADEWIND_QQQ": "2", "OTHER": "3"})
    assert env.unknown() == {"TRADEWIND_WEBPORT": "TRADEWIND_WEB_PORT", "TRADEWIND_QQQ": None}
