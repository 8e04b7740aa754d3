"""The elements of MJML that may stand in a template, and what each may hold (documentation.mjml.io)."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOID = _words("area base br col embed hr img input link meta param source track wbr")

HEAD = frozenset(("mjml", "mj-head", "mj-attributes", "mj-html-attributes", "mj-selector"))
"""Where neither text nor Liquid can stand."""

_CONTENT = _words("""
    mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-raw mj-social mj-spacer mj-table
    mj-text
    """)

PARENTS: dict[str, frozenset[str]] = {
    "mjml": frozenset(("mj-head", "mj-body", "mj-raw")),
    "mj-head": _words("""
        mj-attributes mj-breakpoint mj-font mj-html-attributes mj-preview mj-style mj-title mj-raw
        """),
    "mj-attributes": frozenset(("mj-all", "mj-class")),  # and any element, for its defaults
    "mj-html-attributes": frozenset(("mj-selector",)),
    "mj-selector": frozenset(("mj-html-attribute",)),
    "mj-body": frozenset(("mj-section", "mj-wrapper", "mj-hero", "mj-raw")),
    "mj-wrapper": frozenset(("mj-section", "mj-hero", "mj-raw")),
    "mj-section": frozenset(("mj-column", "mj-group", "mj-raw")),
    "mj-group": frozenset(("mj-column", "mj-raw")),
    "mj-column": _CONTENT,
    "mj-hero": _CONTENT,
    "mj-social": frozenset(("mj-social-element", "mj-raw")),
    "mj-navbar": frozenset(("mj-navbar-link", "mj-raw")),
    "mj-accordion": frozenset(("mj-accordion-element", "mj-raw")),
    "mj-accordion-element": frozenset(("mj-accordion-title", "mj-accordion-text", "mj-raw")),
    "mj-carousel": frozenset(("mj-carousel-image",)),
}

LEAVES = _words("""
    mj-accordion-text mj-accordion-title mj-button mj-navbar-link mj-preview mj-raw mj-social-element
    mj-style mj-table mj-text mj-title mj-html-attribute
    """)
"""Elements that hold text or HTML."""

RAW_HTML = LEAVES - {"mj-preview", "mj-title", "mj-style"}

KNOWN = frozenset(PARENTS) | frozenset(child for children in PARENTS.values() for child in children) | LEAVES
