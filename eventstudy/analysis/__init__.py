"""The same study asked again: calibration, specifications, claims, calendar time, diagnostics."""
