"""docs/settings.md is complete: it is what the code says, and the code has no other names."""

from pathlib import Path

from tradewind.core import settings_page

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page.page(), "run: make settings-page"


def test_no_other_names_in_the_code() -> None:
    assert settings_page.unknown_names() == {}


def test_names_have_our_prefix() -> None:
    from tradewind.core.env import PREFIX, REGISTRY

    assert {name for name in REGISTRY if not name.startswith(PREFIX)} == {"DATABASE_URL"}
