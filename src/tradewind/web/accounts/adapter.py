"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves: the first person comes through the first-run page, the others by invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
