from django.apps import AppConfig


class AudienceConfig(AppConfig):
    name = "tradewind.audience"
    label = "audience"
