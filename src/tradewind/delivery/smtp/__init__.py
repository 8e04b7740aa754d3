"""An SMTP client of our own: pipelining, connection reuse, and a precise record of what was said.

`replies`, `commands` and `capabilities` know the protocol and do no I/O. `wire` moves bytes.
`session` is the client. `errors` says what went wrong and in which phase.
"""
