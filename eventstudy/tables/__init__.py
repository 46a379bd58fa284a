"""Files as people have them: any table into cells of text, and what was understood of it."""
