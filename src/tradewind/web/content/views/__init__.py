"""Pages of templates, by noun."""
