"""What was not normal: abnormal returns, joint dummies, the design at ordinary days."""
