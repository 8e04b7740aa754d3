from django.apps import AppConfig


class SignalsConfig(AppConfig):
    name = "tradewind.signals"
    label = "signals"
