from django.apps import AppConfig


class ReputationConfig(AppConfig):
    name = "tradewind.reputation"
    label = "reputation"
