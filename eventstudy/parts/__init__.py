"""Studies beyond memory: prices by asset in parts, and what was measured, part by part."""
