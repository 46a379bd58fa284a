"""Reruns that can be trusted: what must be done and why, publishing, history, schedules."""
