// A ticket's page says that somebody looks at it, and writes in it, while it is to
// be seen. What it says is a hint to others: nothing waits for it.
"use strict";

const here = document.getElementById("here"), beats = 15000, strokes = 5000;

function sign(says) {
  navigator.sendBeacon(here.dataset.beat, new URLSearchParams(says));
}

if (here) {
  let told = 0; // when it last said that somebody writes
  if (!document.hidden) sign({});
  setInterval(() => { if (!document.hidden) sign({}); }, beats);
  document.addEventListener("input", (e) => {
    if (!e.target.matches("form[data-draft] textarea") || Date.now() - told < strokes) return;
    told = Date.now();
    sign({ typing: "yes" });
  });
  document.addEventListener("visibilitychange", () => sign(document.hidden ? { left: "yes" } : {}));
  addEventListener("pagehide", () => sign({ left: "yes" }));
}
