"""The tests, one file a family."""
