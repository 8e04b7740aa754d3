"""SMTP commands as bytes (RFC 5321 4.1). Nothing that could split a command gets through. No I/O."""

import base64
import hashlib
import hmac
import re

import idna

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0<>\u2028\u2029]")
_HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,255}")


class UnsafeCommandError(ValueError):
    """An address or a name cannot be put into a command: it holds control characters, spaces, brackets
    or is not an address at all. Nothing was sent."""


def ehlo(name: str, verb: str = "EHLO") -> bytes:
    """EHLO (or HELO) with our host name or address literal."""
    if not _HOST.fullmatch(name):
        raise UnsafeCommandError(f"not a host name: {name!r}")
    return f"{verb} {name}\r\n".encode("ascii")


def envelope_address(address: str) -> str:
    """The address as it goes between the angle brackets: domain in A-labels, local part unchanged.

    Raises `UnsafeCommandError`. Quoted local parts are refused: nobody's customer has one, and they
    are the classic way to smuggle parameters into a command.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or len(address) > 320:
        raise UnsafeCommandError(f"not a mail address: {address[:100]!r}")
    if _FORBIDDEN.search(address) or '"' in local or "\\" in local:
        raise UnsafeCommandError(f"address with characters that a mail command cannot carry: {address!r}")
    return f"{local}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """The domain in A-labels (RFC 5891), lower-case. Raises `UnsafeCommandError` if there is no such form."""
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise UnsafeCommandError(f"domain without an ASCII form: {domain!r} ({error})") from error


def needs_smtputf8(address: str) -> bool:
    """True if the local part is not ASCII, so that only SMTPUTF8 (RFC 6531) can carry it."""
    return not address.rpartition("@")[0].isascii()


def mail_from(
    address: str, *, size: int | None = None, eight_bit: bool = False, smtputf8: bool = False
) -> bytes:
    """MAIL FROM. An empty address is the null return path `<>`. `size` in octets (RFC 1870)."""
    path = envelope_address(address) if address else ""
    command = f"MAIL FROM:<{path}>"
    if size is not None:
        command += f" SIZE={size}"
    if eight_bit:
        command += " BODY=8BITMIME"
    if smtputf8:
        command += " SMTPUTF8"
    return (command + "\r\n").encode("utf-8" if smtputf8 else "ascii")


def rcpt_to(address: str, *, smtputf8: bool = False) -> bytes:
    """RCPT TO for one recipient."""
    path = envelope_address(address)
    return f"RCPT TO:<{path}>\r\n".encode("utf-8" if smtputf8 else "ascii")


DATA = b"DATA\r\n"
RSET = b"RSET\r\n"
QUIT = b"QUIT\r\n"
STARTTLS = b"STARTTLS\r\n"
FINAL_DOT = b".\r\n"


def check_line_ends(message: bytes) -> None:
    """Raise `UnsafeCommandError` if `message` has a bare CR or LF, a NUL, or does not end with CRLF.

    A bare line end is how one message becomes two at a receiver that reads it differently
    (SMTP smuggling, CVE-2023-51764); it must never leave this machine.
    """
    crlf = message.count(b"\r\n")
    if message.count(b"\n") != crlf or message.count(b"\r") != crlf:
        raise UnsafeCommandError("message with a bare CR or LF")
    if not message.endswith(b"\r\n"):
        raise UnsafeCommandError("message that does not end with CRLF")
    if b"\0" in message:
        raise UnsafeCommandError("message with a NUL octet")


def dot_stuffed(message: bytes) -> bytes:
    """`message` with a dot doubled at each line start (RFC 5321 4.5.2). Expects CRLF line ends."""
    if message.startswith(b"."):
        message = b"." + message
    return message.replace(b"\r\n.", b"\r\n..") if b"\r\n." in message else message


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data) + b"\r\n"


def auth_plain(username: str, password: str) -> bytes:
    """AUTH PLAIN with its initial response (RFC 4616)."""
    _refuse_nul(username, password)
    return b"AUTH PLAIN " + _b64(f"\0{username}\0{password}".encode())


def auth_xoauth2(username: str, access_token: str) -> bytes:
    """AUTH XOAUTH2 with its initial response (Google's and Microsoft's form of bearer tokens)."""
    _refuse_nul(username, access_token)
    if "\x01" in username or "\x01" in access_token:
        raise UnsafeCommandError("user name or token with a control character")
    return b"AUTH XOAUTH2 " + _b64(f"user={username}\x01auth=Bearer {access_token}\x01\x01".encode())


AUTH_LOGIN = b"AUTH LOGIN\r\n"
AUTH_CRAM_MD5 = b"AUTH CRAM-MD5\r\n"
AUTH_CANCEL = b"*\r\n"


def auth_login_answer(value: str) -> bytes:
    """The answer to one prompt of AUTH LOGIN."""
    return _b64(value.encode())


def auth_cram_md5_answer(challenge: str, username: str, password: str) -> bytes:
    """The answer to a CRAM-MD5 challenge (RFC 2195), given in base64 as the server sent it.

    Raises `UnsafeCommandError` if the challenge is not base64.
    """
    try:
        nonce = base64.b64decode(challenge, validate=True)
    except ValueError as error:
        raise UnsafeCommandError("CRAM-MD5 challenge is not base64") from error
    digest = hmac.new(password.encode(), nonce, hashlib.md5).hexdigest()
    return _b64(f"{username} {digest}".encode())


def _refuse_nul(*values: str) -> None:
    if any("\0" in value for value in values):
        raise UnsafeCommandError("user name or password with a NUL")
