"""Requests to live sources: limits, sessions, retries, what was delivered."""
