// The picker of saved replies. Without it a button of the composer leads to a page of its own.
"use strict";
{
  const link = document.getElementById("pick"), text = document.getElementById("reply-text");
  const box = document.getElementById("replies"), input = document.getElementById("replies-input"), found = document.getElementById("replies-found");
  let chosen = 0, asked = 0, timer = 0;
  link.parentElement.hidden = false;
  const options = () => [...found.querySelectorAll("[data-text]")];

  function choose(n) {
    const all = options();
    chosen = all.length ? (n + all.length) % all.length : 0;
    all.forEach((option, i) => { option.ariaSelected = String(i === chosen); });
    input.setAttribute("aria-activedescendant", all[chosen]?.id || "");
    all[chosen]?.scrollIntoView({ block: "nearest" });
  }

  // search shows what the desk finds; an answer that was overtaken is dropped.
  async function search() {
    const mine = ++asked;
    try {
      const answer = await fetch(link.href + "&q=" + encodeURIComponent(input.value), { headers: { "X-Requested-With": "replies.js" }, redirect: "error" });
      if (!answer.ok) throw answer.status;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== asked) return;
      found.replaceChildren(...document.adoptNode(page.getElementById("offered")).childNodes);
    } catch {
      location.href = link.href; // which says what is wrong
      return;
    }
    const list = found.querySelector("ul");
    if (list) { list.id = "replies-list"; list.role = "listbox"; }
    options().forEach((option, i) => {
      option.id = "offered-" + i;
      option.role = "option";
      const to = option.querySelector("a");
      to.replaceWith(...to.childNodes);
      option.addEventListener("click", () => take(option));
    });
    choose(0);
  }

  function take(option) {
    box.close();
    if (!option) return;
    const from = text.selectionStart, put = option.dataset.text, gap = put.indexOf("____");
    text.setRangeText(put, from, text.selectionEnd, "end");
    if (gap >= 0) text.setSelectionRange(from + gap, from + gap + 4);
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
    fetch("/api/v1/saved-replies/" + encodeURIComponent(option.dataset.id) + "/used", { method: "POST", keepalive: true }).catch(() => {});
  }

  function open(e) {
    e.preventDefault();
    input.value = "";
    found.replaceChildren();
    box.showModal();
    search();
  }

  link.addEventListener("click", open);
  text.addEventListener("keydown", (e) => { if (e.key === "/" && !text.value && !e.ctrlKey && !e.metaKey && !e.altKey && !e.isComposing) open(e); });
  document.addEventListener("keydown", (e) => { if (e.key === ";" && (e.ctrlKey || e.metaKey) && !document.querySelector("dialog[open]")) open(e); });
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 150); });
  input.addEventListener("keydown", (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step && e.key !== "Enter" || e.isComposing) return;
    e.preventDefault();
    if (step) choose(chosen + step); else take(options()[chosen]);
  });
  box.addEventListener("close", () => text.focus());
  box.addEventListener("click", (e) => { if (e.target === box) box.close(); });
}
