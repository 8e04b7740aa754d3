"""Logging in (RFC 4954): the strongest method that both sides have, secrets kept out of the record."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from tradewind.delivery.smtp import commands
from tradewind.delivery.smtp.capabilities import Capabilities
from tradewind.delivery.smtp.errors import AuthError, AuthUnavailable, Phase
from tradewind.delivery.smtp.replies import Reply
from tradewind.delivery.smtp.values import Credentials


class Speaker(Protocol):
    """What logging in needs of a session."""

    capabilities: Capabilities

    @property
    def protected(self) -> bool: ...

    async def say(self, command: bytes, within: float, phase: Phase, shown: str = "") -> Reply: ...


async def log_in(session: Speaker, credentials: Credentials, within: float) -> None:
    """Log in, or raise `AuthUnavailable` (no common method) or `AuthError` (refused)."""
    method = choose_method(session.capabilities.auth, credentials, session.protected)
    reply = await _METHODS[method](session, credentials, within)
    if reply.code == 334:
        # XOAUTH2 explains a refusal in a challenge and waits for an empty line.
        reply = await session.say(b"\r\n", within, Phase.AUTH)
    if reply.code != 235:
        raise AuthError(Phase.AUTH, f"log-in with {method} refused: {reply}", reply)


def choose_method(offered: frozenset[str], credentials: Credentials, protected: bool) -> str:
    """The SASL method to use. Raises `AuthUnavailable` if there is none in common.

    Without TLS, CRAM-MD5 comes first because it does not show the password. Inside TLS it comes
    last: servers that offer it often cannot check it, because they store hashed passwords.
    """
    wanted = ["PLAIN", "LOGIN", "CRAM-MD5"] if protected else ["CRAM-MD5", "PLAIN", "LOGIN"]
    if credentials.access_token:
        wanted = ["XOAUTH2"]
    for method in wanted:
        if method in offered:
            return method
    listed = ", ".join(sorted(offered)) or "nothing"
    raise AuthUnavailable(Phase.AUTH, f"the server offers {listed}; we can use {', '.join(wanted)}")


async def _plain(session: Speaker, who: Credentials, within: float) -> Reply:
    command = commands.auth_plain(who.username, who.password)
    return await session.say(command, within, Phase.AUTH, "AUTH PLAIN ***")


async def _xoauth2(session: Speaker, who: Credentials, within: float) -> Reply:
    command = commands.auth_xoauth2(who.username, who.access_token)
    return await session.say(command, within, Phase.AUTH, "AUTH XOAUTH2 ***")


async def _login(session: Speaker, who: Credentials, within: float) -> Reply:
    reply = await session.say(commands.AUTH_LOGIN, within, Phase.AUTH)
    for answer in (who.username, who.password):
        if reply.code != 334:
            break
        command = commands.auth_login_answer(answer)
        reply = await session.say(command, within, Phase.AUTH, "***")
    return _no_third_prompt(reply)


async def _cram_md5(session: Speaker, who: Credentials, within: float) -> Reply:
    reply = await session.say(commands.AUTH_CRAM_MD5, within, Phase.AUTH)
    if reply.code != 334:
        return reply
    try:
        answer = commands.auth_cram_md5_answer(reply.text, who.username, who.password)
    except commands.UnsafeCommandError as error:
        await session.say(commands.AUTH_CANCEL, within, Phase.AUTH)
        raise AuthError(Phase.AUTH, str(error), reply) from error
    return _no_third_prompt(await session.say(answer, within, Phase.AUTH, "***"))


def _no_third_prompt(reply: Reply) -> Reply:
    if reply.code == 334:
        raise AuthError(Phase.AUTH, "the server asks for more than user name and password", reply)
    return reply


_METHODS: dict[str, Callable[[Speaker, Credentials, float], Awaitable[Reply]]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
    "XOAUTH2": _xoauth2,
}
