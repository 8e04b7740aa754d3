from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "tradewind.outreach"
    label = "outreach"
