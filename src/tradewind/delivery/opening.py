"""Opening a session on a route: server after server, until one takes us."""

from dataclasses import dataclass

from tradewind.delivery.replies.classify import classify_error
from tradewind.delivery.replies.words import Fault, Persistence
from tradewind.delivery.routes import Route
from tradewind.delivery.smtp.dialogue import Line
from tradewind.delivery.smtp.errors import OpenFailed
from tradewind.delivery.smtp.session import Session, open_session
from tradewind.delivery.smtp.values import Endpoint

_PASSING = (Persistence.RETRY, Persistence.OTHER_PATH)
_THEIRS = (Fault.RECEIVER, Fault.NETWORK)


@dataclass(frozen=True, slots=True)
class NotOpened:
    """No server took us: the last failure, where, and all that was said on the way."""

    failure: OpenFailed
    endpoint: Endpoint
    dialogue: tuple[Line, ...]


async def open_route(route: Route) -> Session | NotOpened:
    """A session with the first server that lets us in.

    The next one is tried when the trouble is that server's own (closed port, broken session, busy); not when
    it is about us (wrong password, too fast, blocked): that would be the same, or impolite, everywhere.
    """
    said: tuple[Line, ...] = ()
    for n, endpoint in enumerate(route.endpoints):
        try:
            return await open_session(endpoint, route.options)
        except OpenFailed as failed:
            said += failed.dialogue
            meaning = classify_error(failed.error, host=endpoint.host, provider=route.provider)
            last = n == len(route.endpoints) - 1
            if last or meaning.persistence not in _PASSING or meaning.fault not in _THEIRS:
                return NotOpened(failed, endpoint, said)
    raise AssertionError("a route has at least one endpoint")
