"""Documents made by libraries of others, for tests."""
