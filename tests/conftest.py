"""Fixtures that several rooms' tests use."""

from tests.cast import cast as cast
