"""Compile once, fill many: a template version becomes a byte skeleton; per recipient only slots are rendered.

`links` marks what is tracked, `parts` turns one Liquid source into static pieces and slots, `encode` knows
quoted-printable and base64, `template` puts the whole MIME body together.
"""
