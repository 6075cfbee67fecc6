// Everything can be done without this file, by the links and buttons that it
// presses. Elements name their own keys (data-key), so that a page has no keys but
// for what is on it.

const sheet = document.getElementById("keys"), bar = document.getElementById("bar");
const single = document.getElementById("keys-on"), silent = "keys:off";

const shownNow = (node) => node.checkVisibility() && !node.disabled;
const plain = (text) => (text || "").replace(/\s+/g, " ").trim();
const labelOf = (node) => plain(node.getAttribute("aria-label") || node.labels?.[0]?.textContent || [...node.childNodes].filter((part) => !part.classList?.contains("count")).map((part) => part.textContent).join(""));
// under is what a link stands under, where lists of several have one name.
const under = (node) => plain(node.closest("ul")?.previousElementSibling?.matches("h2") ? node.closest("ul").previousElementSibling.textContent : "");
const element = (name, text, ...children) => { const e = document.createElement(name); e.append(...(text ? [text] : []), ...children); return e; };

// --- keys ------------------------------------------------------------------
const rows = () => [...document.querySelectorAll("#cards .cover, #conversation > li")].filter(shownNow);

// move goes to the row that is n after the one that somebody is at.
function move(n) {
  const all = rows(), at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(Math.max(at < 0 ? (n > 0 ? 0 : all.length - 1) : at + n, 0), all.length - 1)];
  if (!next) return;
  if (next.tabIndex < 0 && !next.matches("a")) next.tabIndex = -1;
  next.focus();
  (next.closest("li") || next).scrollIntoView({ block: "nearest" });
}

function press(node) {
  if (node.matches("summary")) {
    node.click();
    node.parentElement.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  } else if (node.matches("input:not([type=checkbox]), textarea, select")) { node.focus(); node.select?.(); } else node.click();
}

function help() {
  for (const old of sheet.querySelectorAll(".here")) old.remove();
  const list = element("dl");
  list.className = "keys here";
  for (const node of document.querySelectorAll("[data-key]")) {
    if (shownNow(node)) list.append(element("dt", "", element("kbd", node.dataset.key)), element("dd", labelOf(node)));
  }
  if (list.children.length) {
    const title = element("h3", sheet.dataset.page);
    title.className = "here";
    sheet.querySelector("dl").after(title, list);
  }
  single.checked = !localStorage.getItem(silent);
  sheet.showModal();
}

let went = 0; // when g was pressed
const moves = { j: () => move(1), k: () => move(-1), u: () => document.querySelector("#lists [aria-current]")?.click() ?? history.back(), "?": help, g: () => { went = Date.now(); } };

document.addEventListener("keydown", (e) => {
  if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k") {
    e.preventDefault();
    if (bar.open) bar.close(); else ask();
    return;
  }
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || document.querySelector("dialog[open]") || localStorage.getItem(silent)) return;
  if (e.target.closest?.("input, textarea, select, [contenteditable]")) {
    if (e.key === "Escape") e.target.blur();
    return;
  }
  const list = Date.now() - went < 1500 && /^[1-9]$/.test(e.key) && document.querySelectorAll("#lists a")[e.key - 1];
  const own = [...document.querySelectorAll("[data-key]")].find((node) => node.dataset.key === e.key && shownNow(node));
  const does = list ? () => list.click() : own ? () => press(own) : Object.hasOwn(moves, e.key) ? moves[e.key] : null;
  if (!does) return;
  e.preventDefault();
  does();
});

single.addEventListener("change", () => { if (single.checked) localStorage.removeItem(silent); else localStorage.setItem(silent, "1"); });

// --- the command bar -------------------------------------------------------
const input = document.getElementById("bar-input"), found = document.getElementById("bar-list");
let commands = [], chosen = 0;

function ask() {
  const seen = new Set();
  commands = [...document.querySelectorAll("main button, main [data-key], main details:not([open]) > summary, nav a, header a, header button, header details:not([open]) > summary, #cards .cover")].filter((node) => shownNow(node) && !node.matches("input"))
    .map((node) => ({ label: [under(node), labelOf(node)].filter(Boolean).join(" · "), does: () => press(node) }))
    .filter((c) => c.label && !seen.has(c.label) && seen.add(c.label));
  input.value = "";
  offer();
  bar.showModal();
}

function offer() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = commands.filter((c) => words.every((w) => c.label.toLowerCase().includes(w))).slice(0, 12);
  const text = input.value.trim();
  if (text) fits.push({ label: bar.dataset.search + " “" + text + "”", does: () => { location.href = "/all?q=" + encodeURIComponent(text); } });
  chosen = Math.min(chosen, Math.max(fits.length - 1, 0));
  found.replaceChildren(...fits.map((c, i) => {
    const option = element("li", c.label);
    option.id = "bar-" + i;
    option.role = "option";
    option.ariaSelected = String(i === chosen);
    option.addEventListener("click", () => run(c));
    return option;
  }));
  input.setAttribute("aria-activedescendant", fits.length ? "bar-" + chosen : "");
  found.children[chosen]?.scrollIntoView({ block: "nearest" });
  return fits;
}

function run(command) { bar.close(); command?.does(); }

input.addEventListener("input", () => { chosen = 0; offer(); });
input.addEventListener("keydown", (e) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (!step && e.key !== "Enter") return;
  e.preventDefault();
  if (step) {
    chosen = (chosen + step + found.children.length) % Math.max(found.children.length, 1);
    offer();
  } else run(offer()[chosen]);
});
bar.addEventListener("click", (e) => { if (e.target === bar) bar.close(); });
