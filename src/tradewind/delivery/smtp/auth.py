"""Logging in (RFC 4954): the strongest method that both sides have, secrets kept out of the record."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from tradewind.delivery.smtp import commands
from tradewind.delivery.smtp.capabilities import Capabilities
from tradewind.delivery.smtp.errors import AuthError, AuthUnavailable, Phase
from tradewind.delivery.smtp.replies import Reply


@dataclass(frozen=True, slots=True)
class Credentials:
    """User name with a password, or with an OAuth 2 access token. Neither is ever shown."""

    username: str
    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)


class Speaker(Protocol):
    """What logging in needs of a session."""

    capabilities: Capabilities

    async def say(self, command: bytes, timeout: float, phase: Phase, shown: str = "") -> Reply: ...


async def log_in(session: Speaker, credentials: Credentials, timeout: float) -> None:
    """Log in, or raise `AuthUnavailable` (no common method) or `AuthError` (refused)."""
    method = choose_method(session.capabilities.auth, credentials)
    reply = await _METHODS[method](session, credentials, timeout)
    if reply.code == 334:
        # XOAUTH2 explains a refusal in a challenge and waits for an empty line.
        reply = await session.say(b"\r\n", timeout, Phase.AUTH)
    if reply.code != 235:
        raise AuthError(Phase.AUTH, f"log-in with {method} refused: {reply}", reply)


def choose_method(offered: frozenset[str], credentials: Credentials) -> str:
    """The SASL method to use. Raises `AuthUnavailable` if there is none in common."""
    wanted = ["XOAUTH2"] if credentials.access_token else ["CRAM-MD5", "PLAIN", "LOGIN"]
    for method in wanted:
        if method in offered:
            return method
    listed = ", ".join(sorted(offered)) or "nothing"
    raise AuthUnavailable(Phase.AUTH, f"the server offers {listed}; we can use {', '.join(wanted)}")


async def _plain(session: Speaker, who: Credentials, timeout: float) -> Reply:
    command = commands.auth_plain(who.username, who.password)
    return await session.say(command, timeout, Phase.AUTH, "AUTH PLAIN ***")


async def _xoauth2(session: Speaker, who: Credentials, timeout: float) -> Reply:
    command = commands.auth_xoauth2(who.username, who.access_token)
    return await session.say(command, timeout, Phase.AUTH, "AUTH XOAUTH2 ***")


async def _login(session: Speaker, who: Credentials, timeout: float) -> Reply:
    reply = await session.say(commands.AUTH_LOGIN, timeout, Phase.AUTH)
    for answer in (who.username, who.password):
        if reply.code != 334:
            break
        command = commands.auth_login_answer(answer)
        reply = await session.say(command, timeout, Phase.AUTH, "***")
    return _no_third_prompt(reply)


async def _cram_md5(session: Speaker, who: Credentials, timeout: float) -> Reply:
    reply = await session.say(commands.AUTH_CRAM_MD5, timeout, Phase.AUTH)
    if reply.code != 334:
        return reply
    try:
        answer = commands.auth_cram_md5_answer(reply.text, who.username, who.password)
    except commands.UnsafeCommandError as error:
        await session.say(commands.AUTH_CANCEL, timeout, Phase.AUTH)
        raise AuthError(Phase.AUTH, str(error), reply) from error
    return _no_third_prompt(await session.say(answer, timeout, Phase.AUTH, "***"))


def _no_third_prompt(reply: Reply) -> Reply:
    if reply.code == 334:
        raise AuthError(Phase.AUTH, "the server asks for more than user name and password", reply)
    return reply


type_of_method = Callable[[Speaker, Credentials, float], Awaitable[Reply]]
_METHODS: dict[str, type_of_method] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
    "XOAUTH2": _xoauth2,
}
