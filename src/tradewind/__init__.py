"""Tradewind: outreach mail for exporting companies."""

__version__ = "0.1.0"
