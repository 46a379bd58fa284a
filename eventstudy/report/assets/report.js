"use strict";
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const remembered = () => { try { return localStorage.getItem("eventstudy-theme"); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem("eventstudy-theme", theme); } catch { /* files may have no storage */ } };
  const config = { responsive: true, displaylogo: false, showSendToCloud: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  const drawn = [];

  const colours = () => {
    const style = getComputedStyle(root);
    const ink = style.getPropertyValue("--ink").trim();
    const grid = style.getPropertyValue("--grid").trim();
    const paper = style.getPropertyValue("--paper").trim();
    return { ink, grid, paper };
  };
  const themed = (layout) => {
    const { ink, grid, paper } = colours();
    const changes = { "font.color": ink, "title.font.color": ink, "hoverlabel.bgcolor": paper, "hoverlabel.font.color": ink };
    for (const key of Object.keys(layout)) {
      if (/^[xy]axis\d*$/.test(key)) { changes[`${key}.gridcolor`] = grid; changes[`${key}.zerolinecolor`] = ink; }
    }
    return changes;
  };
  const wrapped = (text, most) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const last = lines.length - 1;
      if (lines[last] && lines[last].length + word.length >= most) lines.push(word);
      else lines[last] += (lines[last] ? " " : "") + word;
    }
    return lines;
  };
  const narrow = (layout, width) => {
    const lines = wrapped(layout.title?.text ?? "", width / 7.5);
    layout.margin = { ...layout.margin, l: 4, r: 4, t: layout.margin.t + 16 * (lines.length - 1) };
    layout.title = { ...layout.title, text: lines.join("<br>"), font: { size: 13 } };
  };
  const draw = async (figure) => {
    const source = figure.querySelector("script.figure");
    if (!source || figure.dataset.drawn) return;
    figure.dataset.drawn = "yes";
    const { data, layout } = JSON.parse(source.textContent);
    const place = figure.querySelector(".plot");
    if (place.clientWidth < 480) narrow(layout, place.clientWidth);
    await Plotly.newPlot(place, data, layout, config);
    await Plotly.relayout(place, themed(layout));
    drawn.push([place, layout]);
    figure.dataset.drawn = "done";
  };
  const setTheme = (theme) => {
    root.dataset.theme = theme;
    for (const [place, layout] of drawn) Plotly.relayout(place, themed(layout));
  };
  setTheme(remembered() || (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => { if (!remembered()) setTheme(dark.matches ? "dark" : "light"); });
  document.getElementById("theme").addEventListener("click", () => {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    remember(next);
    setTheme(next);
  });

  const figures = [...document.querySelectorAll("figure.chart")];
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
  }, { rootMargin: "400px" });
  figures.forEach((figure) => near.observe(figure));
  window.addEventListener("beforeprint", () => figures.forEach(draw));

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    const number = Number(text);
    return text !== "" && !Number.isNaN(number) ? number : text;
  };
  const missing = (v) => v === "" || v === "—";
  const compare = (a, b, down) => {
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
    return down ? -order : order;
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => compare(valueOf(a, column), valueOf(b, column), down));
        table.tBodies[0].append(...rows);
      });
    });
  }
  const neighbours = document.querySelector(".neighbours");
  if (neighbours) {
    const place = ORDER.findIndex(([id]) => id === neighbours.dataset.event);
    const link = (index, rel) => {
      const found = ORDER[index];
      const item = document.createElement(found ? "a" : "span");
      if (found) {
        item.rel = rel;
        item.href = `${encodeURIComponent(found[0])}.html`;
        item.textContent = rel === "prev" ? `← ${found[1]}` : `${found[1]} →`;
      }
      return item;
    };
    neighbours.prepend(link(place - 1, "prev"));
    neighbours.append(link(place + 1, "next"));
  }
  const filter = document.getElementById("filter");
  if (filter) {
    const rows = [...document.querySelectorAll("#events-table tbody tr")];
    const count = document.getElementById("count");
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = `${row.textContent} ${row.dataset.words}`.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = words.length ? `${shown} of ${rows.length} rows` : "";
    });
  }
})();
