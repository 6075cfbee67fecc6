// Shows what the desk pushes, and leads to the ticket that it is about.
"use strict";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data.json();
  } catch {
    // Something came that is none of ours: the browser wants it shown all the same.
  }
  event.waitUntil(self.registration.showNotification(said.title || "Skala", {
    body: said.body || "", tag: said.tag || undefined, renotify: Boolean(said.tag), data: { link: said.url || "/notices" },
    icon: "/static/mark.svg", badge: "/static/mark.svg",
  }));
});

// Only addresses of the desk are gone to, whatever was pushed.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = new URL(event.notification.data.link, self.location.origin);
  event.waitUntil(self.clients.openWindow(to.origin === self.location.origin ? to.href : "/notices"));
});
