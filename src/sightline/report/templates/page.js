"use strict";
// Says beneath a map of heads what is known of the head that is pointed at, tapped, or reached with the arrow keys.
for (const map of document.querySelectorAll(".heat-map")) {
  const told = map.nextElementSibling, example = told.querySelector("dl"), [before, after] = example.querySelectorAll("dd");
  const rows = Array.from(map.querySelectorAll("[role=row]"), (row) => Array.from(row.querySelectorAll("i")));
  const places = new Map(rows.flatMap((row, layer) => row.map((cell, head) => [cell, [layer, head]])));
  let at = rows[0][0];

  function show(cell) {
    if (!places.has(cell)) return;
    at.classList.remove("at");
    at.tabIndex = -1;
    at = cell;
    at.classList.add("at");
    at.tabIndex = 0;
    told.classList.add("known");
    told.querySelector("p").textContent = at.getAttribute("aria-label");
    example.hidden = !("before" in at.dataset);
    before.textContent = at.dataset.before ?? "";
    after.textContent = at.dataset.after ?? "";
  }

  function go(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const [layer, head] = places.get(at);
    rows[layer + step[0]]?.[head + step[1]]?.focus();
  }

  // a finger that slides keeps pointing at the cell that it touched first, so the one beneath it is looked up
  const point = (event) => show(document.elementFromPoint(event.clientX, event.clientY));
  for (const kind of ["pointerdown", "pointermove"]) map.addEventListener(kind, point);
  map.addEventListener("focusin", (event) => show(event.target));
  map.addEventListener("keydown", go);
  for (const cell of places.keys()) cell.tabIndex = -1;
  at.tabIndex = 0;
  told.hidden = false;
}

// Browses the replies of a report. Everything that came from a file is put in as text, never as markup.
(() => {
  const source = document.getElementById("browser-data");
  if (!source) return;

  const PAGE = 50;
  const LONG = 600; // characters of a reply shown before one asks for all of it
  const NO = 0, YES = 1, UNREADABLE = 2, OTHER = 3;
  const OUTCOMES = [
    ["tp", "True positives", "✓ true positive"],
    ["tn", "True negatives", "✓ true negative"],
    ["fp", "False positives", "▲ false positive"],
    ["fn", "False negatives", "▼ false negative"],
    ["unreadable", "Unreadable", "? unreadable"],
    ["unscored", "Not scored", "– not scored"],
    ["missing", "No reply", "∅ no reply"],
  ];
  const [TP, TN, FP, FN, UNREAD, UNSCORED, MISSING] = OUTCOMES.keys();

  const data = JSON.parse(source.textContent);
  const rows = data.rows;
  const columns = Object.fromEntries(Object.entries(data.columns).map(([name, packed]) => [name, unpack(packed)]));
  const named = (kind) => Object.keys(columns).filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
  const readers = named("reads:"), labelSets = named("label:");
  const reading = Object.fromEntries(readers.map((name) => [name, codesOf("reads:" + name)]));
  const label = Object.fromEntries(labelSets.map((name) => [name, codesOf("label:" + name)]));
  const order = byQuestion();
  const disagree = Uint8Array.from({ length: rows }, (_, row) =>
    Number(readers.some((name) => reading[name][row] !== reading[readers[0]][row])));
  const MARKS = [
    ...labelSets.flatMap((wrong) => labelSets.filter((right) => right !== wrong)
      .map((right) => ({ key: `${right}>${wrong}`, title: `Right under ${right}, wrong under ${wrong}`, right, wrong }))),
    { key: "disagree", title: "Readers disagree" },
  ];

  const $ = (id) => document.getElementById("browser-" + id);
  const browser = document.getElementById("browser");
  const form = browser.querySelector("form");
  const section = browser.closest("section");
  const start = { text: "", said: "", model: "", split: "", labels: data.labels, reader: data.reader, outcome: "", marks: "", page: "1" };
  const gaps = columns.reply.values.includes(null);
  let shown = new Uint32Array(0);
  let state = { ...start };

  // ---------------------------------------------------------------- reading the data

  function unpack({ values, bytes, codes }) {
    const raw = Uint8Array.from(atob(codes), (character) => character.charCodeAt(0));
    const Codes = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[bytes];
    return { values, codes: new Codes(raw.buffer) };
  }

  function value(name, row) {
    return columns[name].values[columns[name].codes[row]];
  }

  function codesOf(name) {
    const meaning = columns[name].values.map((word) => ({ no: NO, yes: YES, unreadable: UNREADABLE })[word] ?? OTHER);
    return Uint8Array.from(columns[name].codes, (code) => meaning[code]);
  }

  function byQuestion() {
    // the models' replies to one question side by side
    const { values, codes } = columns.question_id;
    const next = new Uint32Array(values.length + 1);
    for (let row = 0; row < rows; row++) next[codes[row] + 1]++;
    for (let code = 1; code <= values.length; code++) next[code] += next[code - 1];
    const sorted = new Uint32Array(rows);
    for (let row = 0; row < rows; row++) sorted[next[codes[row]]++] = row;
    return sorted;
  }

  function outcome(row, labels, reader) {
    if (value("reply", row) === null) return MISSING;
    const truth = label[labels][row], read = reading[reader][row];
    if (truth !== YES && truth !== NO) return UNSCORED;
    if (read !== YES && read !== NO) return UNREAD;
    return truth === YES ? (read === YES ? TP : FN) : read === YES ? FP : TN;
  }

  const known = new Map();
  function outcomes(labels, reader) {
    const key = labels + "\n" + reader;
    if (!known.has(key)) known.set(key, Uint8Array.from({ length: rows }, (_, row) => outcome(row, labels, reader)));
    return known.get(key);
  }

  // ---------------------------------------------------------------- filtering

  function hits(names, text) {
    // for each column and value a bit for every word it holds; a row passes where its columns hold all words
    const words = text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 30);
    const all = 2 ** words.length - 1;
    const found = names.map((name) => ({
      codes: columns[name].codes,
      bits: columns[name].values.map((held) => words.reduce(
        (bits, word, place) => bits | ((held ?? "").toLowerCase().includes(word) ? 1 << place : 0), 0)),
    }));
    return (row) => all === 0 || found.reduce((bits, column) => bits | column.bits[column.codes[row]], 0) === all;
  }

  function filter() {
    const own = outcomes(state.labels, state.reader);
    const pairs = MARKS.map(({ right, wrong }) => right && [outcomes(right, state.reader), outcomes(wrong, state.reader)]);
    const asked = hits(["question_id", "image", "question"], state.text), said = hits(["reply"], state.said);
    const model = columns.model.values.indexOf(state.model), split = columns.split.values.indexOf(state.split);
    const wanted = OUTCOMES.findIndex(([key]) => key === state.outcome);
    const pressed = new Set(state.marks.split(",").filter(Boolean));
    const active = MARKS.reduce((bits, { key }, place) => bits | (pressed.has(key) ? 1 << place : 0), 0);
    const outcomeCounts = new Uint32Array(OUTCOMES.length), markCounts = new Uint32Array(MARKS.length);
    const passing = new Uint32Array(rows);
    let total = 0, n = 0;
    for (const row of order) {
      if (model >= 0 && columns.model.codes[row] !== model) continue;
      if (split >= 0 && columns.split.codes[row] !== split) continue;
      if (!asked(row) || !said(row)) continue;
      let bits = 0;
      for (let place = 0; place < MARKS.length; place++) {
        const [right, wrong] = pairs[place] ?? [];
        if (right ? right[row] <= TN && wrong[row] > TN && wrong[row] <= UNREAD : disagree[row]) bits |= 1 << place;
      }
      const kind = own[row], fits = wanted < 0 || kind === wanted;
      if ((bits & active) === active) {
        outcomeCounts[kind]++;
        total++;
        if (fits) passing[n++] = row;
      }
      if (!fits) continue;
      for (let place = 0; place < MARKS.length; place++) {
        const others = active & ~(1 << place);
        if (bits & (1 << place) && (bits & others) === others) markCounts[place]++;
      }
    }
    return { passing: passing.slice(0, n), total, outcomeCounts, markCounts };
  }

  // ---------------------------------------------------------------- drawing

  const number = (count) => count.toLocaleString("en-US");

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, held] of Object.entries(attributes)) node.setAttribute(name, held);
    node.append(...children.filter((child) => child !== null && child !== ""));
    return node;
  }

  function option(held, text = held) {
    return make("option", { value: held }, text);
  }

  function chip(type, name, held, title) {
    return make("label", { class: "chip" }, make("input", { type, name, value: held }),
      make("span", {}, title + " ", make("b", { "data-count": held }, "0")));
  }

  function build() {
    const present = (name) => columns[name].values.filter((held) => held !== null);
    form.elements.model.append(option("", "all"), ...present("model").map((held) => option(held)));
    form.elements.split.append(option("", "all"), ...present("split").map((held) => option(held)));
    form.elements.labels.append(...labelSets.map((held) => option(held)));
    form.elements.reader.append(...readers.map((held) => option(held)));
    $("outcomes").append(chip("radio", "outcome", "", "All"), ...OUTCOMES.filter(([key]) => gaps || key !== "missing")
      .map(([key, title]) => chip("radio", "outcome", key, title)));
    $("marks").append(...MARKS.map(({ key, title }) => chip("checkbox", "mark", key, title)));
    if (!data.yes_no) for (const kind of ["outcomes", "marks"]) $(kind).remove(); // no reply is true or false positive
    if (data.images === null) browser.querySelector(".with-images").hidden = true;
    browser.classList.toggle("pictured", data.images !== null);
    browser.querySelector(".heads .shots").hidden = data.images === null;
    browser.hidden = false;
  }

  function picture(row) {
    if (data.images === null) return null;
    const name = value("image", row), bytes = data.images[columns.image.codes[row]];
    if (!bytes) return make("div", { class: "shot absent" }, "image not in the folder");
    const image = make("img", { src: "data:image/jpeg;base64," + bytes, alt: name, decoding: "async" });
    return make("button", { type: "button", class: "shot", title: "Enlarge", tabindex: "-1" }, image);
  }

  function said(row) {
    const text = value("reply", row);
    if (text === null) return make("p", { class: "said none" }, "no reply");
    if (!text.trim()) return make("p", { class: "said none" }, text ? "blank reply" : "empty reply");
    const node = make("blockquote", { class: "said", dir: "auto" }, text.length > LONG ? text.slice(0, LONG) + "…" : text);
    if (text.length <= LONG) return node;
    const more = make("button", { type: "button", class: "more" }, `Show all ${number(text.length)} characters`);
    more.addEventListener("click", () => { node.textContent = text; more.remove(); });
    return make("div", {}, node, more);
  }

  function judged(row) {
    const text = columns.judgement && value("judgement", row);
    return text ? make("details", { class: "where" }, make("summary", {}, "what the judge said"),
      make("blockquote", { class: "said", dir: "auto" }, text)) : null;
  }

  function labelLines(row) {
    return labelSets.map((name) => {
      const [key, , words] = OUTCOMES[outcomes(name, state.reader)[row]];
      const held = value("label:" + name, row) ?? "none";
      return make("div", name === state.labels ? { class: "chosen" } : {}, make("dt", {}, name),
        make("dd", {}, make("span", { class: "word" }, held),
          data.yes_no ? make("span", { class: "outcome " + key }, words) : null));
    });
  }

  function readerLines(row) {
    if (value("reply", row) === null) return [];
    const by = new Map();
    for (const name of readers) {
      const word = value("reads:" + name, row) ?? "–";
      by.set(word, [...(by.get(word) ?? []), name]);
    }
    if (by.size === 1 && readers.length > 1) {
      const [word] = by.keys();
      return [make("div", {}, make("dt", { class: "word" }, word), make("dd", {}, `by all ${readers.length} readers`))];
    }
    return [...by].map(([word, names]) => make("div", {}, make("dt", { class: "word" }, word),
      make("dd", {}, ...names.flatMap((name, place) => [place ? ", " : "", name === state.reader ? make("b", {}, name) : name]))));
  }

  function item(row, place) {
    const at = value("file", row) === null ? "" : `${value("file", row)}:${value("row", row)}`;
    return make("li", { tabindex: place ? "-1" : "0", "data-row": row },
      picture(row),
      make("div", { class: "exchange" },
        make("p", { class: "model" }, value("model", row)),
        make("p", { class: "question", dir: "auto" }, value("question", row)),
        said(row),
        judged(row),
        make("p", { class: "where" }, value("question_id", row), " · ", value("image", row),
          at && make("details", {}, make("summary", {}, "recorded in"), at))),
      make("dl", { class: "labels", "aria-label": "Labels" }, ...labelLines(row)),
      make("dl", { class: "readers", "aria-label": "Readings" }, ...readerLines(row)));
  }

  function draw() {
    const { passing, total, outcomeCounts, markCounts } = filter();
    shown = passing;
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    const page = Math.min(Math.max(1, Number.parseInt(state.page, 10) || 1), pages);
    state.page = String(page);
    const first = (page - 1) * PAGE, last = Math.min(first + PAGE, shown.length);
    $("list").replaceChildren(...Array.from(shown.subarray(first, last), item));
    $("list").start = first + 1;
    $("none").hidden = shown.length > 0;
    $("status").textContent = `${number(shown.length)} of ${number(rows)} ${gaps ? "entries" : "replies"}`;
    $("live").textContent = $("status").textContent;
    $("pages").textContent = shown.length ? `${number(first + 1)}–${number(last)} of ${number(shown.length)}` : "";
    $("previous").disabled = page === 1;
    $("next").disabled = page === pages;
    const counts = { "": total };
    OUTCOMES.forEach(([key], place) => { counts[key] = outcomeCounts[place]; });
    MARKS.forEach(({ key }, place) => { counts[key] = markCounts[place]; });
    for (const node of form.querySelectorAll("[data-count]")) {
      node.textContent = number(counts[node.dataset.count]);
      node.closest(".chip").classList.toggle("zero", counts[node.dataset.count] === 0);
    }
  }

  // ---------------------------------------------------------------- state: form ⇄ state ⇄ address

  function fromForm() {
    const held = new FormData(form);
    for (const name of ["text", "said", "model", "split", "labels", "reader", "outcome"]) state[name] = held.get(name) ?? "";
    state.marks = held.getAll("mark").join(",");
  }

  function toForm() {
    for (const name of ["text", "said", "model", "split", "labels", "reader"]) form.elements[name].value = state[name];
    for (const box of form.querySelectorAll("[name=outcome]")) box.checked = box.value === state.outcome;
    const pressed = state.marks.split(",");
    for (const box of form.querySelectorAll("[name=mark]")) box.checked = pressed.includes(box.value);
  }

  function fromAddress() {
    const [place, query] = location.hash.slice(1).split("?");
    if (place !== section.id || query === undefined) return false;
    state = { ...start };
    for (const [name, held] of new URLSearchParams(query)) if (name in state) state[name] = held;
    if (!labelSets.includes(state.labels)) state.labels = start.labels;
    if (!readers.includes(state.reader)) state.reader = start.reader;
    if (!columns.model.values.includes(state.model)) state.model = "";
    if (!columns.split.values.includes(state.split)) state.split = "";
    if (!OUTCOMES.some(([key]) => key === state.outcome)) state.outcome = "";
    return true;
  }

  function toAddress() {
    const query = new URLSearchParams(Object.entries(state).filter(([name, held]) => held !== start[name]));
    history.replaceState(null, "", `#${section.id}?${query}`);
  }

  function change() {
    fromForm();
    state.page = "1";
    draw();
    toAddress();
    toTop();
  }

  function turn(by) {
    state.page = String(Number(state.page) + by);
    draw();
    toAddress();
    toTop();
  }

  function toTop() {
    // only where the reader has scrolled into the list; else nothing moves
    const bar = $("bar").getBoundingClientRect();
    if ($("list").getBoundingClientRect().top < bar.bottom - 1) browser.scrollIntoView();
  }

  // ---------------------------------------------------------------- events

  function go(to) {
    if (!to) return;
    for (const other of $("list").querySelectorAll("li[tabindex='0']")) other.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }

  function enlarge(from) {
    const image = from.querySelector("img");
    if (!image) return;
    $("large").querySelector("img").src = image.src;
    $("large").querySelector("img").alt = image.alt;
    $("large").querySelector("p").textContent = image.alt;
    $("large").showModal();
  }

  function keyed(event) {
    if (!event.target.matches("li") || event.ctrlKey || event.altKey || event.metaKey) return;
    const here = event.target, list = $("list");
    const acts = {
      ArrowDown: () => go(here.nextElementSibling),
      ArrowUp: () => go(here.previousElementSibling),
      Home: () => go(list.firstElementChild),
      End: () => go(list.lastElementChild),
      ArrowRight: () => { if (!$("next").disabled) { turn(1); go(list.firstElementChild); } },
      ArrowLeft: () => { if (!$("previous").disabled) { turn(-1); go(list.firstElementChild); } },
      Enter: () => enlarge(here),
    };
    if (!(event.key in acts)) return;
    event.preventDefault();
    acts[event.key]();
  }

  build();
  const linked = fromAddress();
  toForm();
  draw();
  if (matchMedia("(max-width: 760px)").matches) $("filters").open = false;
  if (linked) section.scrollIntoView();
  form.addEventListener("input", change);
  form.addEventListener("submit", (event) => event.preventDefault());
  $("previous").addEventListener("click", () => turn(-1));
  $("next").addEventListener("click", () => turn(1));
  $("clear").addEventListener("click", () => { state = { ...start }; toForm(); change(); form.elements.text.focus(); });
  $("list").addEventListener("keydown", keyed);
  $("list").addEventListener("click", (event) => {
    const button = event.target.closest(".shot");
    if (button) enlarge(button);
  });
  addEventListener("hashchange", () => { if (fromAddress()) { toForm(); draw(); section.scrollIntoView(); } });
  new ResizeObserver(() => browser.style.setProperty("--bar", $("bar").offsetHeight + "px")).observe($("bar"));
})();
