"""Pages as a test reads them, and a study whose texts try to do harm in one."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd

import eventstudy as es

LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction"}


class Page(HTMLParser):
    """What a page loads, where it leads, what its anchors are, and its text."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.ids, self.links, self.loads, self.words = [], [], [], [], []
        self.handlers, self.styles, self.sheets = [], [], []
        self.feed(source)
        self.close()
        self.text = "".join(self.words).replace("\N{NARROW NO-BREAK SPACE}%", " %")

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif name == "href":
                (self.links if tag == "a" else self.loads).append(value)
            elif name in LOADING or name.endswith(":href"):
                self.loads.append(value)
            elif name.startswith("on"):
                self.handlers.append((tag, name))
            elif name == "style":
                self.styles.append(value)

    def handle_data(self, data):
        self.words.append(data)
        if self.tags and self.tags[-1][0] == "style" and data.strip():
            self.sheets.append(data)


HOSTILE = (
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "javascript:window.hacked=1",
    '"onmouseover="window.hacked=1" x="',
    "🚀 שלום עולם {{ 7*7 }} {% raw %}",
    "'><svg/onload=window.hacked=1>&lt;b&gt;",
)
"""Texts that do harm, or go missing, where a page does not quote them."""
HOSTILE_ASSETS = ("=1+1", "<img src=x onerror=window.hacked=1>")


def hostile_study():
    """Results whose every text tries to run in the reader's browser."""
    rng = np.random.default_rng(11)
    sessions = pd.bdate_range("2021-01-04", periods=400, name="session")
    returns = rng.normal(0, 0.01, (400, 2))
    prices = 100 * (1 + pd.DataFrame(returns, index=sessions, columns=HOSTILE_ASSETS)).cumprod()
    texts = list(HOSTILE)
    events = pd.DataFrame(
        {
            "event_id": [f"evil-{place}" for place in range(len(texts))],
            "date": [sessions[300 + 13 * place] for place in range(len(texts))],
            **dict.fromkeys(("title", "speaker", "affiliation", "confounders"), texts),
            "source": [f"{text} javascript:alert(1) https://example.org/{text}" for text in texts],
            "statement": [text + "x" * 100_000 * (text == texts[0]) for text in texts],
            "tags": [text.replace(";", " ") for text in texts],
            HOSTILE[0]: texts,
        }
    )
    return es.run_study(events, prices, groups={HOSTILE[1]: es.Group()})
