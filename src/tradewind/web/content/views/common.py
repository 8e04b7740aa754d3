"""What several template pages need."""

from django.http import HttpResponse

_POLICY = "sandbox; default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; font-src https: data:"


def framed(html: str) -> HttpResponse:
    """A mail's HTML for a sandboxed frame: no script runs, nothing is sent anywhere, only pictures are
    loaded."""
    response = HttpResponse(html)
    response["Content-Security-Policy"] = _POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    return response
