// Everything works without this file. With it a page brings its own news, a
// claim stays alive while somebody types, drafts outlive a closed tab, and times
// say how long it is until then.
"use strict";

const every = 3000, hiddenEvery = 60000;
const offline = document.getElementById("offline"), noNews = offline.textContent;

// --- times -----------------------------------------------------------------
// As the desk writes them (package wording): in the page's language, by the zone that
// the desk knows of the reader, else the browser's; hours to 23, the common calendar.
const { lang, dataset: { zone } } = document.documentElement;
const tongue = { en: "en-GB", th: "th-u-ca-gregory" }[lang] || lang;
const form = (parts) => new Intl.DateTimeFormat(tongue, { timeZone: zone, hourCycle: "h23", ...parts });
const clock = { hour: "2-digit", minute: "2-digit" }, toSecond = { ...clock, second: "2-digit" }, day = { day: "numeric", month: "short" };
const onDay = form({ ...day, year: "numeric" }), whole = form({ ...day, ...toSecond, year: "numeric", timeZoneName: "short" });
const clocks = [form(clock), form(toSecond)], days = form(day);
const ahead = new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: "short" });

// told is an instant: today's by the clock alone, another day's behind its day.
function told(at, now, precise) {
  const time = clocks[precise ? 1 : 0].format(at);
  if (onDay.format(at) === onDay.format(now)) return time;
  return (at.getFullYear() === now.getFullYear() ? days : onDay).format(at) + " " + time;
}

function relative(ms) {
  const minutes = Math.round(ms / 60000);
  if (Math.abs(minutes) < 60) return ahead.format(minutes, "minute");
  const hours = Math.round(minutes / 60);
  return Math.abs(hours) < 48 ? ahead.format(hours, "hour") : ahead.format(Math.round(hours / 24), "day");
}

function times(root) {
  const now = new Date();
  for (const node of root.querySelectorAll("time[data-left]")) {
    const left = Math.ceil((new Date(node.dateTime) - now) / 1000);
    node.dataset.left = left > 0 ? " (" + left + ")" : "";
    node.closest("form").hidden = left <= 0;
  }
  for (const node of root.querySelectorAll("time[datetime]")) {
    const at = new Date(node.dateTime);
    let text = told(at, now, "exact" in node.dataset);
    if (node.dataset.left) text += node.dataset.left;
    if ("until" in node.dataset) text += " (" + relative(at - now) + ")";
    if (node.textContent !== text) node.textContent = text;
    node.title = whole.format(at);
  }
}
times(document);
setInterval(() => times(document), 15000);
setInterval(() => { if (document.querySelector("[data-left]")) times(document); }, 1000); // what can be undone counts down

// --- news ------------------------------------------------------------------
// The page is asked for again by its tag; what is new on it replaces the parts
// marked data-live, and nothing that somebody types in.
const source = document.getElementById("main").dataset.news;
let tag = "", wait = every;

async function news() {
  try {
    const headers = { "X-Requested-With": "desk.js" };
    if (tag) headers["If-None-Match"] = tag;
    const answer = await fetch(source, { headers, cache: "no-store", redirect: "error" });
    offline.hidden = answer.ok || answer.status === 304;
    offline.textContent = noNews;
    wait = offline.hidden ? every : Math.min(wait * 2, hiddenEvery);
    if (answer.status === 200) {
      tag = answer.headers.get("ETag") || "";
      swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    }
  } catch {
    offline.hidden = false;
    wait = Math.min(wait * 2, hiddenEvery);
  }
  schedule();
}

function swap(fresh) {
  times(fresh);
  document.title = fresh.title;
  const items = "#conversation > li, #cards li", before = document.querySelectorAll(items).length;
  for (const old of document.querySelectorAll("[data-live][id]")) {
    const now = fresh.getElementById(old.id);
    if (now && now.innerHTML !== old.innerHTML && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(now));
  }
  const told = document.getElementById("news");
  told.textContent = document.querySelectorAll(items).length > before ? told.dataset.says : ""; // for who listens to the page
  const seen = fresh.querySelector("input[name=seen]");
  if (seen) for (const field of document.querySelectorAll("input[name=seen]")) field.value = seen.value;
}

let timer = 0;
function schedule() {
  clearTimeout(timer);
  timer = setTimeout(news, document.hidden ? Math.max(wait, hiddenEvery) : wait);
}
if (source && document.querySelector("main [data-live]")) {
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wait = every; schedule(); });
  schedule();
}

// --- no connection ---------------------------------------------------------
// What is sent while the desk may be out of reach is sent when that turns out to be
// wrong; else it stays where it is, in place of the browser's own page of errors.
let reached = null; // the form that goes on its way

document.addEventListener("submit", async (e) => {
  if (e.defaultPrevented || e.target.method !== "post" || e.target === reached || navigator.onLine && offline.hidden) return;
  e.preventDefault();
  try {
    await fetch("/healthz", { cache: "no-store" });
  } catch {
    offline.textContent = offline.dataset.unsent;
    offline.hidden = false;
    return;
  }
  reached = e.target;
  reached.requestSubmit(e.submitter);
});

// --- claims and drafts -----------------------------------------------------
const drafts = "draft:";
let typed = false;

// A draft is over once its words stand in the conversation: a request that got
// lost on the way leaves them here.
const said = [...document.querySelectorAll(".said:not(.undone) .text")].map((text) => text.textContent.trim());

for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = drafts + form.dataset.draft, text = form.elements.namedItem("text");
  const keep = () => { if (text.value) localStorage.setItem(key, text.value); else localStorage.removeItem(key); };
  if (!text.value && !said.includes((localStorage.getItem(key) || "").trim())) text.value = localStorage.getItem(key) || "";
  text.addEventListener("input", () => { typed = true; keep(); });
  keep();
  // Tabs that show the same words go on showing the same: none keeps an older draft
  // that it would put over the newer one.
  addEventListener("storage", (e) => {
    if (e.key !== key || text.value !== (e.oldValue || "")) return;
    text.value = e.newValue || "";
    text.dispatchEvent(new Event("input"));
  });
}

const composer = document.querySelector("form[data-extend]");
if (composer) {
  setInterval(async () => {
    if (!typed) return;
    typed = false;
    const body = new URLSearchParams({ token: composer.elements.namedItem("token").value });
    try {
      await fetch(composer.dataset.extend, { method: "POST", body, headers: { "X-Requested-With": "desk.js" } });
    } catch {
      typed = true; // again at the next beat
    }
  }, Math.max(5, Number(composer.dataset.lease) / 4) * 1000);
}

// --- to copy ---------------------------------------------------------------
document.addEventListener("focusin", (e) => { if (e.target.matches("[data-copy]")) e.target.select(); });

// --- length ----------------------------------------------------------------
// As the platform counts (package split). Of links without a scheme only the desk
// knows: its preview is exact.
const clusters = (text) => [...new Intl.Segmenter(lang, { granularity: "grapheme" }).segment(text)].map((part) => part.segment);
const heavy = (letter) => { const c = letter.codePointAt(0); return c > 4351 && (c < 8192 || c > 8205) && (c < 8208 || c > 8223) && (c < 8242 || c > 8247); };
const weight = (cluster) => /\p{Extended_Pictographic}|\u20e3/u.test(cluster) && cluster.length > 1 ? 2 : [...cluster.normalize()].reduce((n, letter) => n + (heavy(letter) ? 2 : 1), 0);
const links = /https?:\/\/[^\s]+/gi;
const lengths = {
  bytes: (text) => new TextEncoder().encode(text).length,
  "UTF-16 units": (text) => text.length,
  graphemes: (text) => clusters(text).length,
  "weighted characters": (text) => 23 * (text.match(links) || []).length + clusters(text.replace(links, "")).reduce((n, cluster) => n + weight(cluster), 0),
};
for (const hint of document.querySelectorAll("[data-limit]")) {
  const text = hint.closest("form").elements.namedItem("text"), limit = Number(hint.dataset.limit);
  const long = lengths[hint.dataset.unit] || ((words) => [...words].length), count = new Intl.NumberFormat(tongue);
  const show = () => {
    const used = long(text.value.trim());
    hint.querySelector("output").textContent = used ? count.format(used) + " / " + count.format(limit) : "";
    hint.classList.toggle("over", used > limit);
  };
  text.addEventListener("input", show);
  show();
}

for (const form of document.querySelectorAll("form[data-forget]")) {
  form.addEventListener("submit", () => {
    for (const key of Object.keys(localStorage)) if (key.startsWith(drafts)) localStorage.removeItem(key);
  });
}
