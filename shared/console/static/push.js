// Has this browser rung when the desk has something to tell, also while no page of it
// is open. All other channels work without a script.
"use strict";

const adding = document.querySelector("[data-push]");
const shown = [...document.querySelectorAll("[data-browser]")];

// What the desk calls a subscription: the beginning of its endpoint's hash.
async function nameOf(subscription) {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint)));
  return [...sum.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromBase64(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}

const registered = () => navigator.serviceWorker.getRegistration("/static/");

async function begin() {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return;
  const button = adding.querySelector("button"), says = adding.querySelector("[role=status]");
  const has = await (await registered())?.pushManager.getSubscription();
  says.textContent = "";
  if (has) {
    const known = await nameOf(has), row = shown.find((way) => way.dataset.browser === known);
    if (row) {
      row.querySelector("[data-this]").hidden = false;
      // Removed here it is over for the browser, too: else it would be asked for nothing.
      row.querySelector("[name=drop]").addEventListener("click", () => has.unsubscribe());
      return;
    }
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      if (await Notification.requestPermission() !== "granted") {
        says.textContent = adding.dataset.denied;
        return;
      }
      await navigator.serviceWorker.register(adding.dataset.worker, { scope: "/static/" });
      const worker = await ready();
      const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: fromBase64(adding.dataset.push) });
      const answer = await fetch("/api/v1/me/channels/push", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(subscription) });
      if (!answer.ok) throw new Error(answer.status);
      location.assign("/me");
    } catch {
      says.textContent = adding.dataset.failed;
    } finally {
      button.disabled = false;
    }
  });
}

// The worker has no page of its own to be ready for: it is when it is active.
async function ready() {
  for (;;) {
    const registration = await registered();
    if (registration?.active) return registration;
    await new Promise((next) => setTimeout(next, 50));
  }
}

if (adding) begin();
