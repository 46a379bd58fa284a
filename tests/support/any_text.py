"""Any text that a file of events may hold: all characters but those that are refused."""

from hypothesis import strategies as st

UNASSIGNED = "\u2065" + "".join(map(chr, range(0xE0000, 0xE0080)))
"""Refused as their neighbours are, though in no category of their own."""
plain = st.characters(
    codec="utf-8",
    exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"],
    exclude_characters=UNASSIGNED,
)
