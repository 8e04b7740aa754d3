"""What a mail server's reply means: whose fault, how persistent, and what we do about it.

`rules.toml` holds the knowledge, `rules` reads it, `classify` applies it, `reactions` draws the consequences,
`sentences` says it to people.
"""
