"""Templates to start from. One TOML file each, named key.language.toml; see `content.starting`."""
