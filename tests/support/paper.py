"""Where things are on the pages of a printed report: a PDF keeps the place of every link."""

import re
from typing import NamedTuple

MARK = """(kinds) => {
  let number = 0;
  for (const [kind, selector] of Object.entries(kinds)) {
    for (const place of document.querySelectorAll(selector)) {
      if (place.closest("details:not([open])")) continue;
      const link = document.createElement("a");
      link.href = `https://mark.invalid/${kind}/${number++}`;
      link.style.cssText = "position: absolute; inset: 0; display: block";
      place.style.position = "relative";
      place.append(link);
    }
  }
}"""
"""Lays a link over each of these elements."""


class Box(NamedTuple):
    """A marked element on a page, in points from its lower left corner."""

    page: int
    kind: str
    number: int
    left: float
    bottom: float
    right: float
    top: float


def boxes(pdf):
    """The marked elements of a PDF that Chrome printed, and the number of its pages."""
    objects = dict(re.findall(rb"(\d+) 0 obj\s*(.*?)\s*endobj", pdf, re.S))
    pages = [body for body in objects.values() if re.search(rb"/Type\s*/Page\b(?!s)", body)]
    kids = re.search(rb"/Kids\s*\[(.*?)\]", b" ".join(objects.values()), re.S)
    order = re.findall(rb"(\d+) 0 R", kids[1]) if kids and len(pages) > 1 else []
    pages = [objects[name] for name in order] if len(order) == len(pages) else pages
    places = []
    for number, page in enumerate(pages):
        listed = re.search(rb"/Annots\s*\[(.*?)\]", page, re.S)
        for name in re.findall(rb"(\d+) 0 R", listed[1]) if listed else []:
            link = objects[name]
            mark = re.search(rb"mark\.invalid/([a-z]+)/(\d+)", link)
            rect = re.search(rb"/Rect\s*\[([-\d. ]+)\]", link)
            if mark and rect:
                edges = map(float, rect[1].split())
                places.append(Box(number, mark[1].decode(), int(mark[2]), *edges))
    return places, len(pages)
