"""What was said: statements with their times, claims and tags, in CSV files and DataFrames."""
