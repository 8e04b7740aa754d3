from django.apps import AppConfig


class SendersConfig(AppConfig):
    name = "tradewind.senders"
    label = "senders"
