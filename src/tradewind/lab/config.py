"""What one laboratory is started with."""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class LabConfig:
    """Settings of one lab process. Port 0 means: take a free one and say which."""

    seed: int = 7
    pace: float = 240.0
    dns_port: int = 0
    http_port: int = 0
    smtp_port: int = 0
    imap_port: int = 0
    inbound_port: int = 25
    """Where the lab delivers reports and replies: at the address of the MX of the return path's domain, on
    this port.
    """
    web_port: int = 0
    """Where people go for a URL without a port. 0: to the scheme's own. For https the lab then plays the
    TLS terminator.
    """
    state: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="tradewind-lab-")))
    people: Path | None = None
    behaviour: Path | None = None


def parse(arguments: Sequence[str] | None = None) -> LabConfig:
    """The configuration that a command line asks for; ends the process with a usage message on nonsense."""
    parser = argparse.ArgumentParser(
        prog="tradewind lab",
        description="A small internet on loopback: DNS, mailbox providers and their people.",
    )
    parser.add_argument("--seed", type=int, default=7, help="same seed, same decisions")
    parser.add_argument("--pace", type=float, default=240.0, help="lab seconds in one second (default 240)")
    parser.add_argument("--dns-port", type=int, default=5353)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--smtp-port", type=int, default=2525)
    parser.add_argument("--imap-port", type=int, default=2143)
    parser.add_argument(
        "--inbound-port", type=int, default=2526, help="port of the program's own mail server"
    )
    parser.add_argument("--web-port", type=int, default=0, help="port for URLs that name none")
    parser.add_argument(
        "--state", type=Path, help="folder for books, mail and the lab CA (default: a new one)"
    )
    parser.add_argument(
        "--people", type=Path, help="CSV with a column email; more columns: country, language"
    )
    parser.add_argument("--behaviour", type=Path, help="TOML file instead of the lab's own behaviour.toml")
    given = parser.parse_args(arguments)
    if given.pace <= 0:
        parser.error("--pace must be above 0")
    values = {name: value for name, value in vars(given).items() if not (name == "state" and value is None)}
    return LabConfig(**values)
