"""What a page may load and run."""

from __future__ import annotations

import base64
import hashlib

FOLDER = "'self' file:"
"""Pages opened from disk have no origin of their own: `file:` is what is really loaded. Browsers
check the hashes of inline scripts there, and refuse to check those of files."""


def sha256_source(script: str) -> str:
    """Return what a Content-Security-Policy allows a script by: the hash of its text."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def policy(scripts: str, styles: str = "") -> str:
    """Return the Content-Security-Policy of a page: nothing but what is named is loaded.

    Plotly.js makes style elements of its own, hence 'unsafe-inline' for styles.
    """
    rules = [
        "default-src 'none'",
        f"script-src {scripts}",
        f"style-src {styles} 'unsafe-inline'".replace("  ", " "),
        "img-src data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(rules)
