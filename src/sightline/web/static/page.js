// The labelling page. The server renders all there is to see; this shows one item after the other and sends what is said.
//
// A key shows the next item at once, whose image is loaded already. What was said is kept in the browser until the server
// has stored it: it is sent again, in the same words, after a lost connection and after a reload. The server knows each
// act by the name it is given here, and stores it once.

const body = document.body;
const find = (id) => document.getElementById(id);

// ---- what the server does not have yet

/** Acts in their order, each under a key of its own in the browser's storage, so that two windows lose nothing. */
class Outbox {
  #prefix;
  #unstored = new Map(); // where the browser keeps nothing, or is full

  constructor(prefix) {
    this.#prefix = `${prefix}:`;
  }

  #keys() {
    const kept = Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix));
    return [...kept, ...this.#unstored.keys()].sort();
  }

  /** Keep an act. `content.request` names it; `about` is for this page only and is not sent. */
  add(path, content, about) {
    const order = Math.max(Date.now(), 1 + Number(this.#keys().at(-1)?.slice(this.#prefix.length, -33) ?? 0));
    const key = `${this.#prefix}${String(order).padStart(15, "0")}:${content.request}`;
    const act = JSON.stringify({ path, text: JSON.stringify(content), about });
    try {
      localStorage.setItem(key, act);
    } catch {
      this.#unstored.set(key, act);
    }
  }

  all() {
    return this.#keys().map((key) => ({ key, ...JSON.parse(this.#unstored.get(key) ?? localStorage.getItem(key)) }));
  }

  first() {
    return this.all()[0];
  }

  remove(key) {
    this.#unstored.delete(key);
    localStorage.removeItem(key);
  }

  get size() {
    return this.#keys().length;
  }
}

/** A name for an act, 32 hexadecimal digits. (crypto.randomUUID is not there on plain HTTP.) */
function newRequest() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const WAIT_MS = 15000;

/** Post JSON. What comes back is "done", "refused" (it will never be stored), "out" (nobody knows us), or "lost". */
async function post(path, text) {
  let response, told;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text,
      keepalive: true, // a verdict outlives the page that is closed right after it
      redirect: "error",
      signal: AbortSignal.timeout(WAIT_MS),
    });
    told = response.status === 204 ? {} : await response.json();
  } catch {
    return { kind: "lost" };
  }
  if (response.ok) return { kind: "done", told };
  if (response.status === 401) return { kind: "out", problem: told.problem };
  return { kind: told.reason ? "refused" : "lost", problem: told.problem };
}

// ---- the page on which one enters

async function enter() {
  const show = (problem) => {
    find("problem").textContent = problem;
    find("problem").hidden = !problem;
  };
  const exchange = async (token) => {
    const answer = await post("/enter", JSON.stringify({ token }));
    if (answer.kind === "done") location.replace("/");
    else show(answer.problem ?? "The server does not answer. Try again.");
  };
  find("enter").addEventListener("submit", (event) => {
    event.preventDefault();
    exchange(find("token").value.trim().replace(/^.*(#|[?&]token=)/, "").slice(0, 200));
  });
  const token = location.hash.slice(1);
  if (token) {
    history.replaceState(null, "", location.pathname); // nobody shall read it off the screen, or find it in the history
    await exchange(token);
  } else if ((await (await fetch("/here")).json()).known) {
    location.replace("/"); // whoever follows a link from elsewhere comes without the cookie first
  }
}

// ---- the page on which one looks

const TOO_SOON_MS = 150; // nobody has looked within this time: it is a key pressed twice
const REFILL_BELOW = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15000;
const LOOK_AGAIN_MS = 20000;
const KEPT_FOR_UNDO = 20;
const COMPLAINT_MS = 8000;

function look() {
  const stage = body.dataset.stage;
  const ahead = Number(body.dataset.ahead);
  const items = find("items");
  const outbox = new Outbox(body.dataset.outbox);
  let counts = JSON.parse(body.dataset.counts);
  let queue = [...items.children]; // the first is shown
  let history = []; // what was said on this page, the latest last
  const answered = new Set();
  let isDry = false; // the server has no more for now
  let isStale = false; // the queue has to be asked for anew
  let isSending = false;
  let lost = 0; // tries in a row that did not reach the server
  let lostBecause;
  let wake = () => {};

  // -- showing

  let shownAt = 0;
  let hiddenSince = null;
  let hiddenFor = 0;

  const isLoaded = (article) => {
    const image = article.querySelector("img");
    return image.complete && image.naturalWidth > 0;
  };

  function show() {
    const focused = document.activeElement?.closest?.(".word");
    const place = focused ? [...focused.parentElement.children].indexOf(focused) : -1;
    zoom(false);
    for (const article of items.children) article.hidden = article !== queue[0];
    find("nothing").hidden = queue.length > 0;
    find("note-text").value = "";
    closeNote();
    body.classList.toggle("empty", queue.length === 0);
    shownAt = performance.now();
    hiddenFor = 0;
    if (place >= 0) queue[0]?.querySelectorAll(".word")[place]?.focus(); // who goes by Tab stays where they were
    tell(queue[0]?.querySelector(".question").textContent ?? find("nothing-title").textContent);
  }

  function tell(text) {
    find("live").textContent = `${counts.mine} done. ${text}`;
  }

  function showCounts() {
    for (const node of document.querySelectorAll("[data-count]")) {
      node.textContent = Math.max(counts[node.dataset.count], 0).toLocaleString("en");
    }
    find("bar").max = Math.max(counts.most, 1);
    find("bar").value = counts.done;
  }

  function count(verdicts) {
    counts = { ...counts, mine: counts.mine + verdicts, done: counts.done + verdicts, left: counts.left - verdicts };
    showCounts();
  }

  let complaint;

  function complain(text) {
    find("message").textContent = text;
    find("message").hidden = false;
    clearTimeout(complaint);
    complaint = setTimeout(() => (find("message").hidden = true), COMPLAINT_MS);
  }

  function showConnection(text, isProblem = true) {
    find("connection").textContent = text;
    find("connection").hidden = !text;
    find("connection").classList.toggle("good", !isProblem);
  }

  function showLoss() {
    const waiting = outbox.size;
    const kept = waiting
      ? `${waiting} ${waiting === 1 ? "act of yours waits" : "acts of yours wait"} in this browser and will be sent. `
      : "";
    showConnection(`${lostBecause ?? "No connection to the server."} ${kept}Trying again …`);
  }

  // -- images

  const reloading = new Set();

  async function explain(article) {
    const note = article.querySelector(".broken");
    const image = article.querySelector("img");
    try {
      const response = await fetch(image.src);
      if (response.ok) {
        if (!article.dataset.retried) {
          article.dataset.retried = "once";
          image.src = image.src;
          return;
        }
        note.textContent = "The image cannot be shown by this browser. You can skip it.";
      } else if (response.status === 404) {
        note.textContent = `${(await response.json()).problem} Tell whoever runs the audit. You can skip this one.`;
      } else {
        note.textContent = (await response.json()).problem;
      }
    } catch {
      note.textContent = "The image is not here yet: no connection to the server.";
      reloading.add(article);
    }
    note.hidden = false;
  }

  function prepare(article) {
    const image = article.querySelector("img");
    image.addEventListener("error", () => explain(article));
    image.addEventListener("load", () => {
      article.querySelector(".broken").hidden = true;
      if (article === queue[0]) shownAt = performance.now(); // it can be looked at from now on
    });
    if (image.complete && image.naturalWidth === 0) explain(article);
    else image.decode().catch(() => {}); // ready to be painted when its turn comes
  }

  function reloadImages() {
    for (const article of reloading) article.querySelector("img").src = article.querySelector("img").src;
    reloading.clear();
  }

  // -- saying

  function say(word, text) {
    const article = queue[0];
    if (!article || find("keys").open || performance.now() - shownAt < TOO_SOON_MS) return;
    if (word !== null && !isLoaded(article)) {
      complain("The image is not shown yet. Wait for it, or skip this one.");
      return;
    }
    const item = article.dataset.item;
    outbox.add(
      "/say",
      {
        item,
        stage,
        act: word === null ? "skip" : "verdict",
        word,
        note: find("note-text").value.trim(),
        seconds: Math.round((performance.now() - shownAt - hiddenFor) / 10) / 100,
        wording: article.dataset.wording,
        request: newRequest(),
      },
      { item },
    );
    answered.add(item);
    history.push({ article, isVerdict: word !== null });
    queue.shift();
    if (!queue.length) isDry = false; // ask once more before saying that there is nothing left
    if (history.length > KEPT_FOR_UNDO) history.shift().article.remove();
    if (word !== null) count(1);
    find("last").textContent = `Before: ${text}`;
    show();
    if (lost) showLoss();
    send();
  }

  function undo() {
    const last = history.pop();
    outbox.add("/undo", { request: newRequest() }, { item: last?.article.dataset.item ?? null });
    if (last) {
      answered.delete(last.article.dataset.item);
      queue.unshift(last.article);
      if (last.isVerdict) count(-1);
      find("last").textContent = "Taken back.";
      show();
    }
    send();
  }

  // -- sending: one after the other, in the order in which it was said

  async function send() {
    if (isSending) return;
    isSending = true;
    try {
      for (;;) {
        const act = outbox.first();
        if (!act && !isStale && (isDry || queue.length >= REFILL_BELOW)) break;
        const answer = await (act ? post(act.path, act.text) : post("/next", JSON.stringify({ stage, count: ahead })));
        if (answer.kind === "lost") {
          lost += 1;
          lostBecause = answer.problem;
          showLoss();
          await pause(Math.min(FIRST_PAUSE_MS * 2 ** (lost - 1), LONGEST_PAUSE_MS));
          continue;
        }
        if (answer.kind === "out") {
          const kept = outbox.size ? ` ${outbox.size} of your acts wait in this browser until you are back.` : "";
          showConnection(`${answer.problem}${kept}`);
          body.classList.add("out");
          return;
        }
        if (lost || body.classList.contains("out")) {
          body.classList.remove("out");
          showConnection("The connection is back.", false);
          setTimeout(() => find("connection").classList.contains("good") && showConnection(""), 4000);
          reloadImages();
        }
        lost = 0;
        if (act) {
          settle(act, answer);
          outbox.remove(act.key);
        } else if (answer.kind === "done") {
          receive(answer.told);
        } else {
          complain(answer.problem);
          return;
        }
      }
    } finally {
      isSending = false;
    }
  }

  function pause(ms) {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  function settle(act, answer) {
    if (answer.kind === "refused") {
      complain(answer.problem);
      answered.delete(act.about.item); // where it can be said differently, it comes back
      history = history.filter((each) => each.article.dataset.item !== act.about.item);
      isStale = true;
    } else if (act.path === "/undo" && answer.told.item !== act.about.item) {
      if (answer.told.stage !== stage) {
        outbox.remove(act.key);
        location.assign(answer.told.stage === "adjudicate" ? "/decide" : "/label");
        return;
      }
      answered.delete(answer.told.item);
      isStale = true;
    }
  }

  function receive(told) {
    const template = document.createElement("template");
    template.innerHTML = told.items; // rendered and escaped by the server
    const given = [...template.content.children].filter((article) => !answered.has(article.dataset.item));
    const shown = queue[0];
    const known = new Map(queue.map((article) => [article.dataset.item, article]));
    const fresh = given.filter((article) => !known.has(article.dataset.item));
    fresh.forEach((article) => {
      history = history.filter((each) => each.article.dataset.item !== article.dataset.item);
      items.querySelector(`[data-item="${CSS.escape(article.dataset.item)}"]`)?.remove();
      items.append(article);
      prepare(article);
    });
    if (isStale && !outbox.size) {
      queue = given.map((article) => known.get(article.dataset.item) ?? article);
      for (const article of known.values()) if (!queue.includes(article)) article.remove();
      isStale = false;
    } else {
      queue.push(...fresh);
    }
    isDry = fresh.length === 0;
    if (!outbox.size) counts = told.counts;
    showCounts();
    if (queue[0] !== shown || !shown) show();
  }

  // -- zoom

  let drag = null;

  function zoom(isIn, x = 0.5, y = 0.5) {
    for (const each of items.querySelectorAll(".picture.zoomed")) each.classList.remove("zoomed");
    const picture = queue[0]?.querySelector(".picture");
    find("zoom").setAttribute("aria-pressed", String(Boolean(picture) && isIn));
    if (!picture || !isIn) return;
    picture.classList.add("zoomed");
    picture.scrollTo(x * picture.scrollWidth - picture.clientWidth / 2, y * picture.scrollHeight - picture.clientHeight / 2);
  }

  const isZoomed = () => Boolean(queue[0]?.querySelector(".picture.zoomed"));

  items.addEventListener("pointerdown", (event) => {
    const picture = event.target.closest(".picture");
    if (!picture || event.button !== 0) return;
    drag = { x: event.clientX, y: event.clientY, left: picture.scrollLeft, top: picture.scrollTop, picture, moved: false };
  });
  addEventListener("pointermove", (event) => {
    if (!drag || event.pointerType !== "mouse") return;
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
    drag.moved ||= Math.hypot(x, y) > 5;
    if (drag.moved) drag.picture.scrollTo(drag.left - x, drag.top - y);
  });
  addEventListener("pointercancel", () => (drag = null));
  addEventListener("pointerup", () => setTimeout(() => (drag = null))); // after the click, which asks whether it moved
  items.addEventListener("click", (event) => {
    const button = event.target.closest(".word");
    if (button) {
      say(button.dataset.word, button.dataset.text);
      return;
    }
    const picture = event.target.closest(".picture");
    if (picture && !drag?.moved) {
      const box = picture.getBoundingClientRect();
      zoom(!isZoomed(), (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    }
    drag = null;
  });

  // -- note

  function openNote() {
    if (!queue.length) return;
    find("note").hidden = false;
    find("note-open").setAttribute("aria-expanded", "true");
    find("note-text").focus();
  }

  function closeNote() {
    const isWithin = find("note").contains(document.activeElement);
    find("note").hidden = true;
    find("note-open").setAttribute("aria-expanded", "false");
    find("note-open").classList.toggle("written", find("note-text").value.trim() !== "");
    if (isWithin) document.activeElement.blur();
  }

  function dropNote() {
    find("note-text").value = "";
    closeNote();
  }

  find("note-text").addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key) || event.shiftKey) return;
    event.preventDefault();
    if (event.key === "Enter") closeNote();
    else dropNote();
  });

  // -- keys and buttons

  const tools = {
    u: undo,
    s: () => say(null, "skipped"),
    m: openNote,
    z: () => zoom(!isZoomed()),
    "?": () => (find("keys").open ? find("keys").close() : find("keys").showModal()),
  };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const STEP_PX = 90;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("textarea, input")) return;
    if (event.key in ARROWS && isZoomed()) {
      event.preventDefault();
      const [x, y] = ARROWS[event.key];
      queue[0].querySelector(".picture").scrollBy(x * STEP_PX, y * STEP_PX);
      return;
    }
    if (event.repeat) return; // a key that is held down says one thing
    if (event.key === "Escape" && isZoomed()) return zoom(false);
    // where the keyboard writes other letters, what stands on the key counts
    const key = /^[ -~]$/.test(event.key) ? event.key.toLowerCase() : event.code.replace(/^(Key|Digit)/, "").toLowerCase();
    if (find("keys").open && key !== "?") return;
    const word = queue[0]?.querySelector(`.word[data-keys~="${CSS.escape(key)}"]`);
    if (word) say(word.dataset.word, word.dataset.text);
    else if (Object.hasOwn(tools, key)) tools[key]();
    else return;
    event.preventDefault();
  });

  const buttons = { undo: "u", skip: "s", "note-open": "m", zoom: "z", help: "?" };
  for (const [id, key] of Object.entries(buttons)) find(id).addEventListener("click", tools[key]);
  find("note-done").addEventListener("click", closeNote);
  find("note-drop").addEventListener("click", dropNote);
  find("leave").addEventListener("click", async () => {
    if (outbox.size) complain("Not everything that you said is stored yet. Wait for the connection.");
    else if ((await post("/leave", "{}")).kind === "done") location.assign("/enter");
  });

  // -- time and connection

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      hiddenSince = performance.now();
    } else {
      if (hiddenSince !== null) hiddenFor += performance.now() - Math.max(hiddenSince, shownAt);
      hiddenSince = null;
      send();
    }
  });
  addEventListener("online", () => wake());
  addEventListener("pageshow", () => send());
  setInterval(() => {
    if (queue.length || document.hidden) return;
    isDry = false;
    send();
  }, LOOK_AGAIN_MS);

  // -- what an earlier page has not sent

  for (const act of outbox.all()) {
    if (act.path === "/say") answered.add(act.about.item);
    else answered.delete(act.about.item);
    isStale ||= act.path === "/undo";
  }
  for (const article of queue.filter((each) => answered.has(each.dataset.item))) article.remove();
  queue = [...items.children];
  queue.forEach(prepare);
  show();
  send();
}

if (body.dataset.page === "enter") enter();
else if (body.dataset.page === "look") look();
else if (body.dataset.page === "moved") location.replace("/");
