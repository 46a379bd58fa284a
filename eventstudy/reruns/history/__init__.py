"""What past runs did: log, kept versions, differences, notice."""
