"""Shared by the tests that need the database; the scene is the ledger's own."""

from tests.ledger.conftest import scene as scene
