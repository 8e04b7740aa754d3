"""Encryption and tokens: what goes in comes out; what was touched does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from tradewind.core import crypto

NUMBERS = st.lists(st.integers(min_value=0, max_value=2**63 - 1), max_size=4)


@given(st.binary(max_size=300))
def test_encrypt_round_trip(plain: bytes) -> None:
    token = crypto.encrypt(plain)
    assert crypto.decrypt(token) == plain
    assert crypto.encrypt(plain) != token


def test_text_round_trip() -> None:
    assert crypto.decrypt_text(crypto.encrypt("密码 pass")) == "密码 pass"


@given(st.binary(min_size=1, max_size=50), st.data())
def test_a_changed_secret_is_refused(plain: bytes, data: st.DataObject) -> None:
    token = crypto.encrypt(plain)
    start = token.rindex(".") + 1
    # The last letter may hold unused bits; every other one counts.
    place = data.draw(st.integers(start, len(token) - 2))
    other = "A" if token[place] != "A" else "B"
    with pytest.raises(crypto.DecryptError):
        crypto.decrypt(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("token", ["", "x", "tw1..", "tw1.00000000.AAAA", "tw2.a.b", "密.码.字"])
def test_rubbish_is_refused(token: str) -> None:
    with pytest.raises(crypto.DecryptError):
        crypto.decrypt(token)


def test_rotation(settings: Settings) -> None:
    old_secret, old_token = crypto.encrypt("geheim"), crypto.seal("click", 7, 9)
    former = settings.SECRET_KEY
    settings.SECRET_KEY = "another key another key another key"
    with pytest.raises(crypto.DecryptError, match="TRADEWIND_OLD_SECRET_KEYS"):
        crypto.decrypt(old_secret)
    assert crypto.unseal("click", old_token) is None
    settings.SECRET_KEY_FALLBACKS = [former]
    assert crypto.decrypt_text(old_secret) == "geheim"
    assert crypto.unseal("click", old_token) == (7, 9)
    assert crypto.seal("click", 7, 9) != old_token


@given(NUMBERS)
def test_seal_round_trip_in_any_case(numbers: list[int]) -> None:
    token = crypto.seal("open", *numbers)
    assert crypto.unseal("open", token) == tuple(numbers)
    assert crypto.unseal("open", token.upper()) == tuple(numbers)
    assert token == token.lower() and token.isalnum()


@given(NUMBERS)
def test_a_token_serves_one_purpose(numbers: list[int]) -> None:
    assert crypto.unseal("click", crypto.seal("open", *numbers)) is None


@given(NUMBERS, st.data())
def test_every_letter_counts(numbers: list[int], data: st.DataObject) -> None:
    token = crypto.seal("open", *numbers)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from([c for c in "abcdefghijklmnopqrstuvwxyz234567" if c != token[place]]))
    assert crypto.unseal("open", token[:place] + other + token[place + 1 :]) is None


@given(st.text(max_size=400))
def test_strangers_text_is_none(text: str) -> None:
    assert crypto.unseal("open", text) is None


def test_short_enough_for_a_local_part() -> None:
    assert len("b+" + crypto.seal("verp", 2**48)) <= 64


def test_negative_numbers_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="from 0"):
        crypto.seal("open", -1)
