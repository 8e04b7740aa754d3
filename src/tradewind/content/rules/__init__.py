"""Lint rules: one module per family, each with `check(draft: Draft) -> Iterable[Finding]`. See
docs/adding-a-lint-rule.md."""
