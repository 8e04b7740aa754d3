from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "tradewind.ledger"
    label = "ledger"
