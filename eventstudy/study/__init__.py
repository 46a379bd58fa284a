"""A study: run on tables in memory, or read from study.toml."""
