"""Every visible text, and how numbers are written."""
