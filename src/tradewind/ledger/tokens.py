"""Tokens that name a message without revealing it: in return paths, Message-IDs and tracking links.

Each is the ids and a truncated HMAC in lower-case base32 (mail systems may change the case of a local part). They hold
no address, need no table, and outlive the campaign.
"""

from tradewind.core.crypto import seal, unseal


def open_token(message_id: int) -> str:
    return seal("open", message_id)


def click_token(message_id: int, link_id: int) -> str:
    return seal("click", message_id, link_id)


def unsubscribe_token(message_id: int) -> str:
    return seal("unsubscribe", message_id)


def verp_token(message_id: int) -> str:
    return seal("verp", message_id)


def id_token(message_id: int) -> str:
    return seal("id", message_id)


def _one(purpose: str, token: str) -> int | None:
    ids = unseal(purpose, token)
    return ids[0] if ids is not None and len(ids) == 1 else None


def read_open(token: str) -> int | None:
    return _one("open", token)


def read_click(token: str) -> tuple[int, int] | None:
    """(message id, link id), or None for a token that we did not make."""
    ids = unseal("click", token)
    return (ids[0], ids[1]) if ids is not None and len(ids) == 2 else None


def read_unsubscribe(token: str) -> int | None:
    return _one("unsubscribe", token)


def read_verp(token: str) -> int | None:
    return _one("verp", token)


def read_id(token: str) -> int | None:
    return _one("id", token)


def open_url(base: str, message_id: int) -> str:
    return f"{base}/t/o/{open_token(message_id)}.gif"


def click_url(base: str, message_id: int, link_id: int) -> str:
    return f"{base}/t/c/{click_token(message_id, link_id)}"


def unsubscribe_url(base: str, message_id: int) -> str:
    return f"{base}/u/{unsubscribe_token(message_id)}"
