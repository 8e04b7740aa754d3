import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from tradewind.audience.addresses import Address, Bad, BadAddress, Domain, normalize, normalize_domain


@pytest.mark.parametrize(
    ("raw", "email", "key"),
    [
        ("Anna.Schmidt@ACME-GmbH.de", "Anna.Schmidt@acme-gmbh.de", "anna.schmidt@acme-gmbh.de"),
        ("  anna@acme.de\u00a0", "anna@acme.de", "anna@acme.de"),
        ("\ufeffanna@acme.de", "anna@acme.de", "anna@acme.de"),
        ("Anna <A@acme.de>;", "A@acme.de", "a@acme.de"),
        ("mailto:anna@acme.de", "anna@acme.de", "anna@acme.de"),
        ('"anna@acme.de"', "anna@acme.de", "anna@acme.de"),
        ("anna@acme.de.", "anna@acme.de", "anna@acme.de"),
        ("ａｎｎａ＠ａｃｍｅ．ｃｎ", "anna@acme.cn", "anna@acme.cn"),
        ("anna@acme。cn", "anna@acme.cn", "anna@acme.cn"),
        ("用户@例子.广告", "用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
        ("Müller@Bücher.de", "Müller@bücher.de", "müller@xn--bcher-kva.de"),
        ("o'hara+fair@acme.ie", "o'hara+fair@acme.ie", "o'hara+fair@acme.ie"),
    ],
)
def test_it_understands(raw: str, email: str, key: str) -> None:
    address = normalize(raw)
    assert isinstance(address, Address), address
    assert (address.email, address.email_key, address.domain) == (email, key, key.rpartition("@")[2])


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", BadAddress.EMPTY),
        (" \u3000 ", BadAddress.EMPTY),
        ("Anna <>", BadAddress.EMPTY),
        ("anna.acme.de", BadAddress.NO_AT),
        ("a@acme.de, b@acme.de", BadAddress.SEVERAL),
        ("a@acme.de；b@acme.de", BadAddress.SEVERAL),
        ("a@b@acme.de", BadAddress.LOCAL_PART),
        ("anna schmidt@acme.de", BadAddress.SPACE),
        ("anna@ac\u3000me.de", BadAddress.SPACE),
        ("anna\x00@acme.de", BadAddress.CONTROL_CHARACTER),
        ("anna@acme.de\r\nBcc: eve@evil.example", BadAddress.CONTROL_CHARACTER),
        ("anna@acme.de\u2028", BadAddress.CONTROL_CHARACTER),
        ("@acme.de", BadAddress.NO_LOCAL_PART),
        ("anna@", BadAddress.NO_DOMAIN),
        ("anna@localhost", BadAddress.DOMAIN_WITHOUT_DOT),
        ("anna@acme..de", BadAddress.DOMAIN),
        ("anna@-acme.de", BadAddress.DOMAIN),
        ("anna@ac_me.de", BadAddress.DOMAIN),
        ("anna@[127.0.0.1]", BadAddress.DOMAIN),
        ("an..na@acme.de", BadAddress.LOCAL_PART),
        (".anna@acme.de", BadAddress.LOCAL_PART),
        ("x" * 65 + "@acme.de", BadAddress.TOO_LONG),
        ("anna@" + "a." * 200 + "de", BadAddress.TOO_LONG),
    ],
)
def test_it_says_why_not(raw: str, reason: BadAddress) -> None:
    assert normalize(raw) == Bad(reason)
    assert str(reason.sentence).endswith((".", "。"))


def test_a_display_name_is_kept() -> None:
    address = normalize('"Schmidt, Anna" <anna@acme.de>')
    assert isinstance(address, Address)
    assert address.display_name == "Schmidt, Anna"


@given(st.text(max_size=60))
def test_nothing_breaks_it_and_a_good_address_stays_the_same(raw: str) -> None:
    first = normalize(raw)
    if isinstance(first, Bad):
        return
    assert normalize(first.email_key) == Address(
        f"{first.email_key.rpartition('@')[0]}@{first.email.rpartition('@')[2]}",
        first.email_key,
        first.domain,
    )
    assert normalize(first.email) == Address(first.email, first.email_key, first.domain)


_CHARACTERS = "abzAZ09.-_+@ '\"<>(),;:\\\t\r\n\0äß用。＠\u200b\u202e%!"


@given(st.text(_CHARACTERS, max_size=30), st.text("abAZ09.-_äß用。", max_size=30))
def test_what_passes_is_one_line_of_one_address(local: str, domain: str) -> None:
    address = normalize(f"{local}@{domain}")
    if isinstance(address, Bad):
        return
    key = address.email_key
    assert key.count("@") == 1
    assert not any(c.isspace() or c in '<>(),;:\\"\0\x7f' for c in key)
    assert address.domain.isascii()
    assert address.domain == address.domain.lower()
    assert len(key.encode()) <= 254


@given(st.from_regex(r"\A[A-Za-z0-9_+\-.]{1,20}\Z"), st.from_regex(r"\A[a-z0-9\-.]{1,20}\.(de|com|cn)\Z"))
def test_the_quick_way_agrees_with_the_library(local: str, domain: str) -> None:
    ours = normalize(f"{local}@{domain}")
    try:
        validate_email(f"{local}@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        assert isinstance(ours, Bad)
    else:
        assert isinstance(ours, Address)


def test_domains() -> None:
    assert normalize_domain(" @Bücher.DE. ") == Domain("bücher.de", "xn--bcher-kva.de")
    assert normalize_domain("acme") == Bad(BadAddress.DOMAIN_WITHOUT_DOT)
    assert normalize_domain("a b.de") == Bad(BadAddress.DOMAIN)
