"""Facts about the mail itself that explain its figures."""

from selectolax.lexbor import LexborHTMLParser


def images_before_first_link(html: str) -> int:
    """How many pictures a reader passes before the first link; 0 when there is no link at all."""
    body = LexborHTMLParser(html).body
    if body is None:
        return 0
    images = 0
    for node in body.traverse():
        if node.tag == "a" and (node.attributes.get("href") or "").startswith(("http", "{{")):
            return images
        images += node.tag == "img" and node.attributes.get("width") not in ("0", "1")
    return 0
