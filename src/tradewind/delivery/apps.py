from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "tradewind.delivery"
    label = "delivery"
