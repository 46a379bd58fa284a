"""The embedded study: statements around the security talks of January 2022."""
