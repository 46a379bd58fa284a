"""Who reacts when, by dates alone: sessions, day 0, episodes, windows. Nothing is estimated."""
