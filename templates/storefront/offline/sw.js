// Says so when there is no network. It keeps these pages and nothing else, ever.
const KEPT = "{{ asset('css/lapak.css') }}";
const PAGES = ["/luring", "/en/luring"];

addEventListener("install", (event) => {
  const pages = PAGES.map((page) => new Request(page, { credentials: "omit", cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(pages)));
});
addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then((all) => Promise.all(all.map((name) => name === KEPT || caches.delete(name)))),
  );
});
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (mode !== "navigate" || method !== "GET") return;
  const page = PAGES[Number(new URL(url).pathname.startsWith("/en/"))];
  event.respondWith(fetch(event.request).catch(() => caches.match(page)));
});
