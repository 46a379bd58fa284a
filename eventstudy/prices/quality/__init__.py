"""What is wrong with prices: findings, checks of a series, calendars, holes, splits."""
