"""A witness: a process of its own that remembers what each log showed, and cosigns only what continues it."""
