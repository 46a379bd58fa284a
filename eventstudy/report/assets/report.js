"use strict";
(() => {
  const root = document.documentElement;
  const main = document.getElementById("main");
  const contents = document.querySelector("nav.contents");

  // --- theme -----------------------------------------------------------------------------
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const remembered = () => { try { return localStorage.getItem("eventstudy-theme"); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem("eventstudy-theme", theme); } catch { /* files may have no storage */ } };
  let drawn = [];
  const themed = (layout) => {
    const style = getComputedStyle(root);
    const [ink, grid, paper] = ["--ink", "--grid", "--paper"].map((name) => style.getPropertyValue(name).trim());
    const changes = { "font.color": ink, "title.font.color": ink, "hoverlabel.bgcolor": paper, "hoverlabel.font.color": ink };
    for (const key of Object.keys(layout)) {
      if (/^[xy]axis\d*$/.test(key)) { changes[`${key}.gridcolor`] = grid; changes[`${key}.zerolinecolor`] = ink; }
    }
    return changes;
  };
  const setTheme = (theme) => {
    root.dataset.theme = theme;
    for (const [place, layout] of drawn) Plotly.relayout(place, themed(layout));
  };
  dark.addEventListener("change", () => { if (!remembered()) setTheme(dark.matches ? "dark" : "light"); });
  document.getElementById("theme").addEventListener("click", () => {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    remember(next);
    setTheme(next);
  });

  // --- charts: drawn when they come near ---------------------------------------------------
  const config = { responsive: true, displaylogo: false, showSendToCloud: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
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
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
  }, { rootMargin: "400px" });
  window.addEventListener("beforeprint", () => document.querySelectorAll("figure.chart").forEach(draw));

  // --- numbers of a chart as a file --------------------------------------------------------
  const fieldOf = (cell) => {
    const text = cell.textContent.trim();
    const plain = text.replace("−", "-");
    if (text === "—") return "";
    if (plain !== "" && !Number.isNaN(Number(plain))) return plain;
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const download = (button) => {
    const table = button.parentElement.querySelector("table");
    const lines = [...table.rows].map((row) => [...row.cells].map(fieldOf).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
    link.download = button.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // --- tables: sorting ---------------------------------------------------------------------
  const valueOf = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = Number(text.replace("−", "-").replace(/[ ,%]/g, "").replace(/^<0\.001$/, "0.0005"));
    return text !== "" && !Number.isNaN(number) ? number : text;
  };
  const missing = (v) => v === "" || v === "—";
  const compare = (a, b, down) => {
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
    return down ? -order : order;
  };
  const sort = (table, column, down) => {
    const heads = table.tHead.rows[0].cells;
    for (const other of heads) other.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row, column), row]);
    rows.sort((a, b) => compare(a[0], b[0], down));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };
  const makeSortable = (table, changed) => {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        sort(table, column, head.getAttribute("aria-sort") === "ascending");
        changed();
      });
    });
  };

  // --- the table of events: what is seen is in the address ----------------------------------
  const COLUMN = { speaker: 2, side: 3, tag: 4, asset: 5 };
  const setUpEvents = (table) => {
    const find = main.querySelector("#filter");
    const choices = [...main.querySelectorAll("[data-choice]")];
    const count = main.querySelector("#count");
    const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
    const fits = (row, { choice }, value) => {
      const text = row.cells[COLUMN[choice]].textContent;
      return choice === "tag" ? text.split(", ").includes(value) : text === value;
    };
    const filter = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = choices.filter((own) => own.value).map((own) => [own.dataset, own.value]);
      let shown = 0;
      for (const [row, text] of rows) {
        row.hidden = !(words.every((word) => text.includes(word)) && chosen.every(([data, value]) => fits(row, data, value)));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = words.length || chosen.length
        ? count.dataset.text.replace("{shown}", shown).replace("{total}", rows.length) : "";
    };
    const state = () => {
      const found = new URLSearchParams();
      if (find.value) found.set("find", find.value);
      for (const own of choices) if (own.value) found.set(own.dataset.choice, own.value);
      const head = table.tHead.querySelector("[aria-sort]");
      if (head) found.set("sort", `${head.cellIndex}${head.getAttribute("aria-sort") === "descending" ? "-" : ""}`);
      return found.toString();
    };
    const changed = () => {
      filter();
      const kept = state();
      history.replaceState(null, "", kept ? `#events?${kept}` : "#events");
    };
    const restore = () => {
      const wanted = new URLSearchParams(location.hash.slice("#events?".length));
      find.value = wanted.get("find") ?? "";
      for (const own of choices) own.value = wanted.get(own.dataset.choice) ?? "";
      const order = /^(\d{1,2})(-?)$/.exec(wanted.get("sort") ?? "");
      if (order && Number(order[1]) < table.tHead.rows[0].cells.length) sort(table, Number(order[1]), order[2] === "-");
      filter();
      main.querySelector("#events").scrollIntoView();
    };
    makeSortable(table, changed);
    find.addEventListener("input", changed);
    for (const own of choices) own.addEventListener("change", changed);
    main.querySelector("#clear").addEventListener("click", () => {
      find.value = "";
      for (const own of choices) own.value = "";
      changed();
    });
    if (location.hash.startsWith("#events?")) restore();
    const row = document.getElementById(location.hash.slice(1));
    if (row?.matches("tr")) row.scrollIntoView({ behavior: "instant", block: "center" });
    window.addEventListener("hashchange", () => { if (location.hash.startsWith("#events?") && table.isConnected) restore(); });
  };

  // --- neighbours of an event -----------------------------------------------------------------
  const order = () => {
    const held = document.getElementById("order");
    return held ? JSON.parse(held.textContent) : ORDER;
  };
  const setUpNeighbours = (nav, link) => {
    const events = order();
    const place = events.findIndex(([id]) => id === nav.dataset.event);
    const item = (index, rel) => {
      const found = events[index];
      const made = document.createElement(found ? "a" : "span");
      if (found) {
        made.rel = rel;
        made.href = link(found[0]);
        made.textContent = rel === "prev" ? `← ${found[1]}` : `${found[1]} →`;
      }
      return made;
    };
    nav.prepend(item(place - 1, "prev"));
    nav.append(item(place + 1, "next"));
  };

  // --- contents: closed on a phone, and showing where one is -----------------------------------
  const fold = contents.querySelector("details");
  const wide = window.matchMedia("(min-width: 75rem)");
  const setFold = () => { fold.open = wide.matches; };
  setFold();
  wide.addEventListener("change", setFold);
  window.addEventListener("beforeprint", () => { fold.open = false; });
  window.addEventListener("afterprint", setFold);
  let watch = null;
  const setUpContents = () => {
    watch?.disconnect();
    const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.dataset.section ?? link.hash.slice(1), link]));
    watch = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) {
        for (const link of links.values()) link.removeAttribute("aria-current");
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    }, { rootMargin: "-15% 0px -75% 0px" });
    main.querySelectorAll("section").forEach((section) => watch.observe(section));
  };

  const setUp = (link) => {
    drawn = [];
    main.querySelectorAll("figure.chart").forEach((figure) => near.observe(figure));
    for (const button of main.querySelectorAll("button.download")) {
      button.hidden = false;
      button.addEventListener("click", () => download(button));
    }
    const table = main.querySelector("#events-table");
    if (table) setUpEvents(table);
    const nav = main.querySelector(".neighbours");
    if (nav) setUpNeighbours(nav, link);
    setUpContents();
  };

  // --- one file with all pages: the address says which is shown ---------------------------------
  const held = document.querySelectorAll("template[data-page]");
  if (!held.length) {
    setUp((id) => `${encodeURIComponent(id)}.html`);
    return;
  }
  const templates = new Map([...held].map((own) => [own.dataset.page, own]));
  let shown = null;
  const route = () => {
    const [, id = "", section = ""] = /^#event\/([^/]+)(?:\/(.+))?$/.exec(location.hash) ?? [];
    const page = templates.has(id) ? id : "";
    if (page !== shown) {
      shown = page;
      const copy = templates.get(page).content.cloneNode(true);
      main.replaceChildren(...copy.querySelector(".held-main").childNodes);
      contents.querySelector(".parts").replaceWith(copy.querySelector(".parts"));
      for (const link of contents.querySelectorAll("a")) link.dataset.section = link.hash.split("/").at(-1).replace("#", "");
      document.title = templates.get(page).dataset.title;
      setUp((other) => `#event/${other}`);
      if (!location.hash.startsWith("#events?")) window.scrollTo({ top: 0, behavior: "instant" });
    }
    const target = document.getElementById(page ? section : location.hash.slice(1));
    target?.scrollIntoView();
  };
  window.addEventListener("hashchange", route);
  route();
})();
