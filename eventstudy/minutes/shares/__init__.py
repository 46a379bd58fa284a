"""Shares of the day: what of it fell before, into and after a window."""
