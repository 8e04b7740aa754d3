"""The sending engine: compile, sign, deliver, settle.

Style of this room: values (frozen dataclasses), plain async functions, and one door to the
database (`tradewind.ledger`). See docs/engine.md.
"""
