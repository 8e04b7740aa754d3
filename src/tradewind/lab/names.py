"""Domain names and addresses, as far as the lab needs them."""

_SECOND_LEVEL = frozenset(
    {"com", "co", "net", "org", "gov", "edu", "ac", "or", "ne", "go", "gob", "gen", "ind"}
)


def clean_name(name: str) -> str:
    """Lower case, no trailing dot; A-labels for names beyond ASCII. Raises UnicodeError on impossible
    names.
    """
    name = name.strip().rstrip(".").lower()
    return name if name.isascii() else name.encode("idna").decode("ascii")


def organisational_domain(name: str) -> str:
    """The registered domain: two labels, or three under suffixes such as com.br and co.uk.

    A rule of thumb in place of the public suffix list, good enough for the lab's own names.
    """
    labels = clean_name(name).split(".")
    if labels[-2:] == ["in-addr", "arpa"]:
        return ".".join(labels[-3:])
    if len(labels) >= 3 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def split_address(address: str) -> tuple[str, str]:
    """Local part and domain, both lower case; the domain is empty when there is no @."""
    local, _, domain = address.strip().rpartition("@")
    return (local.lower(), clean_name(domain)) if local else (domain.lower(), "")


def reverse_name(ip: str) -> str:
    """The in-addr.arpa name of an IPv4 address."""
    return ".".join(reversed(ip.split("."))) + ".in-addr.arpa"
