// The exploring page. Everything that is shown comes from the server and works without this; what is added here are keys,
// filters that act at once, reasons in place of images that do not load, and the click that has a label checked.

const WAIT_MS = 15000;

/** Ask for a label to be checked, and say what came of it beside the button. */
async function check(button) {
  if (button.disabled) return;
  const status = button.nextElementSibling;
  button.disabled = true;
  status.className = "";
  status.textContent = "…";
  let told, isDone = false;
  try {
    const response = await fetch("/check", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ question: button.dataset.check }),
      redirect: "error",
      signal: AbortSignal.timeout(WAIT_MS),
    });
    told = await response.json();
    isDone = response.ok;
  } catch {
    told = { problem: "The server does not answer. Is it still running?" };
  }
  status.textContent = isDone ? told.said : told.problem;
  status.className = isDone ? "good" : "bad";
  button.disabled = isDone;
  if (isDone && told.open) button.textContent = "In the queue";
}

/** Put the reason in the place of an image that was there when the page was made and is not any more. */
async function explain(image) {
  const shot = image.closest(".shot");
  if (!shot) return;
  let problem = "The image did not load. Is the server still running?";
  try {
    const response = await fetch(image.src);
    if (!response.ok) problem = (await response.json()).problem;
  } catch {
    // the server is gone, as it says already
  }
  const told = document.createElement("p");
  told.textContent = problem;
  shot.classList.add("absent");
  shot.replaceChildren(told);
}

/** Go some cards on. */
function step(by) {
  const cards = [...document.querySelectorAll(".card")];
  const at = cards.indexOf(document.activeElement?.closest(".card"));
  const next = cards[at < 0 ? 0 : at + by];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "start" });
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  n: () => document.querySelector("a[rel=next]")?.click(),
  p: () => document.querySelector("a[rel=prev]")?.click(),
  c: () => document.activeElement?.closest(".card")?.querySelector(".check button, .check a")?.click(),
  "/": () => document.querySelector("input[name=text]")?.focus(),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-check]");
  if (button) check(button);
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key === "c") return;
  if (event.target.closest("input, select, textarea")) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
for (const image of document.querySelectorAll(".shot img")) {
  if (image.complete && !image.naturalWidth && image.loading !== "lazy") explain(image);
  else image.addEventListener("error", () => explain(image), { once: true });
}

if (matchMedia("(max-width: 820px)").matches) document.querySelector("#fold")?.removeAttribute("open");
document.querySelector(".kinds [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
const filter = document.querySelector("#filter");
filter?.addEventListener("change", (event) => {
  if (event.target.matches("select")) filter.requestSubmit();
});
filter?.addEventListener("formdata", (event) => {
  // addresses that are passed on name only what was chosen
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});
