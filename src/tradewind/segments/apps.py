from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "tradewind.segments"
    label = "segments"
