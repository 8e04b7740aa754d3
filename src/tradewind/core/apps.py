from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class CoreConfig(AppConfig):
    name = "tradewind.core"
    label = "core"

    def ready(self) -> None:
        from tradewind.core import logs

        logs.set_up()
        for config in apps.get_app_configs():
            if config.name.startswith("tradewind.") and find_spec(f"{config.name}.tasks"):
                import_module(f"{config.name}.tasks")
