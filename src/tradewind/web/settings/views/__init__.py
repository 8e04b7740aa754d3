"""Pages of the settings, one file for each noun."""
