"""An origin, keys and templates to compose from."""

from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tradewind.ledger.door import BriefChannel, BriefKey, BriefLink, OriginBrief

HTML = """<html><body><p>Hello {{ first_name | default: "friend" }} of {{ company }},</p>
<p>{% if country == "DE" %}Grüße nach Deutschland.{% else %}
See <a href="https://shop.test/b?x=1&amp;y=2">B</a>{% endif %}</p>
<a class="x" href="https://shop.test/a">A</a> <a href='https://shop.test/a'>A again</a>
<a href="{{ unsubscribe_url }}">Leave</a> <a href="mailto:x@y.test">write</a></body></html>
"""
TEXT = """Hello {{ first_name | default: "friend" }} of {{ company }}.
See https://shop.test/a, or (https://shop.test/b?x=1&y=2).
.
Leave: {{ unsubscribe_url }}
"""
LINKS = (
    BriefLink(1, 0, "https://shop.test/b?x=1&y=2"),
    BriefLink(2, 1, "https://shop.test/a"),
    BriefLink(3, 2, "https://shop.test/a"),
)


@lru_cache
def rsa_pem() -> str:
    return _pem(rsa.generate_private_key(65537, 2048))


@lru_cache
def ed25519_pem() -> str:
    return _pem(ed25519.Ed25519PrivateKey.generate())


def _pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


def channel(**changes: Any) -> BriefChannel:
    settings: dict[str, Any] = {
        "id": 1,
        "kind": "relay",
        "host": "127.0.0.1",
        "port": 25,
        "security": "none",
        "verify_certificate": False,
        "username": "",
        "password": "",
        "ehlo_name": "mail.sender.test",
    }
    return BriefChannel(**settings | changes)


def brief(**changes: Any) -> OriginBrief:
    facts: dict[str, Any] = {
        "id": 5,
        "kind": "campaign",
        "workspace_id": 3,
        "workspace_slug": "nordlicht",
        "constants": {"sender_name": "Li Wei", "workspace_name": "Ningbo Lanterns"},
        "from_name": "Li Wei",
        "from_email": "li.wei@sender.test",
        "reply_to": "sales@sender.test",
        "domain": "sender.test",
        "return_path_host": "bounces.sender.test",
        "tracking_host": "click.sender.test",
        "keys": (BriefKey("tw1", "rsa", rsa_pem()), BriefKey("tw2", "ed25519", ed25519_pem())),
        "channel": channel(),
        "version_id": 9,
        "subject": "News for {{ company }}",
        "html": HTML,
        "text": TEXT,
        "links": LINKS,
    }
    return OriginBrief(**facts | changes)
