from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "tradewind.content"
    label = "content"
