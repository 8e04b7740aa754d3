from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "tradewind.crm"
    label = "crm"
