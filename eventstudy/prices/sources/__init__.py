"""Where prices come from, one file a source, and their register."""
