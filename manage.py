#!/usr/bin/env python3
"""Django's own command line, for developers; everything that operators need is in `tradewind`."""

from tradewind.cli.manage import run

if __name__ == "__main__":
    run()
