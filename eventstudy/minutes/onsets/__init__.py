"""Which came first: where a move begins, and how far that is from the statement."""
