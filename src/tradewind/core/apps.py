from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "tradewind.core"
    label = "core"

    def ready(self) -> None:
        from tradewind.core import logs

        logs.set_up()
