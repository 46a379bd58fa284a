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
  const NAMED = { stand: "--stand-ink", mark: "--accent", soft: "--soft" };
  const themed = (layout) => {
    const style = getComputedStyle(root);
    const of = (name) => style.getPropertyValue(name).trim();
    const [ink, grid, paper] = ["--ink", "--grid", "--paper"].map(of);
    const changes = { "font.color": ink, "title.font.color": ink, "hoverlabel.bgcolor": paper, "hoverlabel.font.color": ink };
    if (layout.title?.subtitle) changes["title.subtitle.font.color"] = of("--soft");
    (layout.annotations ?? []).forEach((note, place) => { changes[`annotations[${place}].font.color`] = of(NAMED[note.name] ?? "--ink"); });
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
    const bold = /^<b>(.*)<\/b>$/.exec(layout.title?.text ?? "");
    const lines = wrapped(bold ? bold[1] : layout.title?.text ?? "", width / 7.5).map((line) => (bold ? `<b>${line}</b>` : line));
    layout.margin = { ...layout.margin, l: 4, r: 4, t: layout.margin.t + 16 * (lines.length - 1) };
    layout.title = { ...layout.title, text: lines.join("<br>"), font: { size: 13 } };
    if (layout.title.pad) layout.title.pad = { t: layout.title.pad.t + 16 * (lines.length - 1) };
  };
  const draw = async (figure) => {
    const source = figure.querySelector("script.figure");
    if (!source || figure.dataset.drawn) return;
    figure.dataset.drawn = "yes";
    const { data, layout } = JSON.parse(source.textContent);
    const place = figure.querySelector(".plot");
    if (place.clientWidth < 480) narrow(layout, place.clientWidth);
    if (root.classList.contains("printing") && place.closest(".panel")) layout.height = PAPER;
    await Plotly.newPlot(place, data, layout, config);
    await Plotly.relayout(place, themed(layout));
    drawn.push([place, layout]);
    figure.dataset.drawn = "done";
  };
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
  }, { rootMargin: "400px" });
  // Paper has its own width: what is seen is laid out for it before it is printed.
  const PAPER = document.querySelectorAll(".levels li").length > 2 ? 255 : 320; // page one stands alone
  const fitted = (width) => { for (const [place] of drawn) if (place.isConnected && place.clientWidth) Plotly.relayout(place, width(place)); };
  window.addEventListener("beforeprint", () => {
    root.classList.add("printing");
    fitted((place) => ({ autosize: false, width: place.clientWidth, ...(place.closest(".panel") ? { height: PAPER } : {}) }));
    for (const figure of main.querySelectorAll("figure.chart")) if (figure.offsetParent !== null) draw(figure);
  });
  window.addEventListener("afterprint", () => {
    root.classList.remove("printing");
    for (const [place, layout] of drawn) if (place.isConnected && place.clientWidth) Plotly.relayout(place, { autosize: true, width: null, height: layout.height });
  });

  // --- figures as files: drawn anew in light colours ---------------------------------------
  const hand = (href, name) => {
    const link = document.createElement("a");
    link.href = href;
    link.download = name;
    link.click();
  };
  const save = async (button) => {
    const figure = button.closest("figure");
    const source = figure.dataset.drawnAs ? main.querySelectorAll("#forest figure.chart")[figure.dataset.drawnAs] : figure;
    const { data, layout } = JSON.parse(source.querySelector("script.figure").textContent);
    const size = { width: 900, height: layout.height };
    const place = document.createElement("div");
    await Plotly.newPlot(place, data, { ...layout, ...size, paper_bgcolor: "#ffffff" }, { staticPlot: true });
    const kind = button.dataset.kind;
    hand(await Plotly.toImage(place, { format: kind, ...size, scale: kind === "png" ? 2 : 1 }), button.dataset.name);
    Plotly.purge(place);
  };
  const saveAll = async (kind) => {
    for (const button of main.querySelectorAll(`button.save[data-kind="${kind}"]`)) await save(button);
  };

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
    const href = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
    hand(href, button.dataset.name);
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  };

  // --- tables: sorting ---------------------------------------------------------------------
  const valueOf = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = Number(text.replace("−", "-").replace(/[\s,%]/g, "").replace(/^<0\.001$/, "0.0005"));
    return text !== "" && !Number.isNaN(number) ? number : text;
  };
  const missing = (v) => v === "" || v === "—" || v === "?";
  const compare = (a, b, down) => {
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
    return down ? -order : order;
  };
  const written = new WeakMap(); // rows as they were, so that equal ones always have one order
  const headsOf = (table) => [...table.tHead.rows].at(-1).cells;
  const sort = (table, column, down) => {
    const heads = headsOf(table);
    for (const other of heads) other.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    written.set(table, written.get(table) ?? [...table.tBodies[0].rows]);
    const rows = written.get(table).map((row) => [valueOf(row, column), row]);
    rows.sort((a, b) => compare(a[0], b[0], down));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };
  const makeSortable = (table, changed) => {
    [...headsOf(table)].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.dataset.name = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        sort(table, column, head.getAttribute("aria-sort") === "ascending");
        changed();
      });
    });
  };

  // --- the table of events: what is seen is in the address ----------------------------------
  const setUpEvents = (table) => {
    const find = main.querySelector("#filter");
    const out = main.querySelector("#only-out") ?? { checked: false }; // not there where nothing was measured
    const choices = [...main.querySelectorAll("[data-choice]")];
    const count = main.querySelector("#count");
    const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
    const fits = (row, [choice, value]) => (row.dataset[choice] ?? "").split("|").includes(value);
    const filter = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = choices.filter((choice) => choice.value).map((choice) => [choice.dataset.choice, choice.value]);
      const some = words.length || chosen.length || out.checked;
      let shown = 0;
      for (const [row, text] of rows) {
        row.hidden = !(words.every((word) => text.includes(word)) && chosen.every((pair) => fits(row, pair)) && (!out.checked || row.dataset.out));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = some ? count.dataset.text.replace("{shown}", shown).replace("{total}", rows.length) : "";
      if (some) showAll(table);
    };
    const state = () => {
      const kept = new URLSearchParams();
      if (find.value) kept.set("find", find.value);
      for (const choice of choices) if (choice.value) kept.set(choice.dataset.choice, choice.value);
      if (out.checked) kept.set("out", "1");
      const head = table.tHead.querySelector("[aria-sort]");
      if (head) kept.set("sort", `${head.cellIndex}${head.getAttribute("aria-sort") === "descending" ? "-" : ""}`);
      return kept.toString();
    };
    const changed = () => {
      filter();
      const kept = state();
      history.replaceState(null, "", kept ? `#events?${kept}` : "#events");
    };
    const sorted = () => { showAll(table); changed(); };
    const restore = () => {
      const wanted = new URLSearchParams(location.hash.slice("#events?".length));
      find.value = wanted.get("find") ?? "";
      for (const choice of choices) choice.value = wanted.get(choice.dataset.choice) ?? "";
      out.checked = wanted.has("out");
      const order = /^(\d{1,2})(-?)$/.exec(wanted.get("sort") ?? "");
      if (order && Number(order[1]) < headsOf(table).length) {
        sort(table, Number(order[1]), order[2] === "-");
        showAll(table);
      }
      filter();
      main.querySelector("#events").scrollIntoView();
    };
    makeSortable(table, sorted);
    for (const input of [find, out, ...choices]) input.addEventListener?.(input === find ? "input" : "change", changed);
    main.querySelector("#clear").addEventListener("click", () => {
      find.value = "";
      out.checked = false;
      for (const choice of choices) choice.value = "";
      changed();
    });
    if (location.hash.startsWith("#events?")) restore();
    window.addEventListener("hashchange", () => { if (location.hash.startsWith("#events?") && table.isConnected) restore(); });
  };

  // --- what is folded opens where a link leads into it ---------------------------------------
  const showAll = (inside) => {
    const section = inside.closest("section, figure.dot-figure");
    section.classList.add("open");
    section.querySelectorAll("button.show-all").forEach((button) => { button.hidden = true; });
  };
  const reveal = () => {
    for (const row of main.querySelectorAll(".is-target")) row.classList.remove("is-target");
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1).replace(/%(?![0-9a-f]{2})/gi, "%25")));
    if (!target || !main.contains(target)) return;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const row = target.closest("#events-table tbody tr");
    if (row) {
      showAll(row);
      row.classList.add("is-target");
    }
    if (row || target.closest("details")) target.scrollIntoView({ behavior: "instant", block: row ? "center" : "start" });
  };
  window.addEventListener("hashchange", reveal);

  // --- on a phone a row is a card, and each of its numbers says what it is ---------------------
  const phone = window.matchMedia("(max-width: 48rem)");
  const label = () => {
    if (!phone.matches) return;
    for (const table of main.querySelectorAll("table:not(.labelled)")) {
      if (!table.tHead) continue;
      table.classList.add("labelled");
      const names = [...headsOf(table)].map((head) => head.textContent.trim());
      for (const row of table.tBodies[0].rows) [...row.cells].forEach((cell, place) => {
        if (cell.tagName === "TD" && cell.colSpan === 1) cell.dataset.label ??= names[place] ?? "";
        if (cell.textContent.length < 16) cell.dataset.short = "";
      });
    }
  };
  phone.addEventListener("change", label);

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
    for (const button of main.querySelectorAll(".saves, .save-all, button.print, button.show-all")) button.hidden = false;
    for (const button of main.querySelectorAll("button.save")) button.addEventListener("click", () => save(button));
    for (const button of main.querySelectorAll("button.save-all")) button.addEventListener("click", () => saveAll(button.dataset.kind));
    for (const button of main.querySelectorAll("button.print")) button.addEventListener("click", () => window.print());
    for (const button of main.querySelectorAll("button.show-all")) button.addEventListener("click", () => showAll(button));
    const table = main.querySelector("#events-table");
    if (table) setUpEvents(table);
    label();
    reveal();
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
