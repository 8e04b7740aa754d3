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
                _import_tasks(f"{config.name}.tasks")


def _import_tasks(name: str) -> None:
    # TODO(build phase): rooms are being built at the same time; a module that is not there yet is not fatal.
    try:
        import_module(name)
    except ImportError as error:
        if not (error.name or "").startswith("tradewind."):
            raise
