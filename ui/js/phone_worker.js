// Says that there is something new and opens the page. It answers no request and keeps nothing.
const WORDS = "New activity. Open to view.";

function wordsOf(event) {
  try {
    return event.data.json().words || WORDS;
  } catch {
    return WORDS;
  }
}

self.addEventListener("push", (event) => {
  const how = { body: wordsOf(event), tag: "tandem", renotify: true, requireInteraction: true, vibrate: [300, 150, 300, 150, 300] };
  event.waitUntil(self.registration.showNotification("Tandem", how));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open());
});

async function open() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => new URL(one.url).pathname.startsWith("/my-calls/")) || pages[0];
  if (page) return page.focus();
  return self.clients.openWindow("/my-calls/");
}
