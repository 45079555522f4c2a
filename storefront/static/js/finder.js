// Filters that apply at once: the page of the new address is fetched and what differs is swapped in place.
const form = document.querySelector("#finder-form");
const sheet = document.querySelector("#finder-sheet");
let running;

const chosen = () => {
  const words = new URLSearchParams([...new FormData(form)].filter(([, word]) => word));
  return words.size ? `${form.action}?${words}` : form.action;
};

const swap = (page) => {
  const focused = document.activeElement?.id;
  const open = new Map([...form.querySelectorAll("details[id]")].map((part) => [part.id, part.open]));
  for (const part of document.querySelectorAll("[data-live]")) {
    part.innerHTML = page.getElementById(part.id)?.innerHTML ?? "";
  }
  for (const part of form.querySelectorAll("details[id]")) part.open = open.get(part.id) ?? part.open;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  document.title = page.title;
  settle();
};

const show = async (address, isNew = true) => {
  running?.abort();
  running = new AbortController();
  const results = document.querySelector("#finder-results");
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { signal: running.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("finder-results")) throw new Error("another page");
    if (isNew) history.pushState({}, "", answer.url);
    swap(page);
    results.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name !== "AbortError") location.assign(address);
  }
};

const settle = () => document.querySelectorAll("[data-unneeded]").forEach((part) => (part.hidden = true));

document.addEventListener("change", (event) => event.target.form === form && show(chosen()));
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-instant]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  show(link.href);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (matchMedia("(max-width: 59.99rem)").matches) sheet.open = false;
  show(chosen());
});
document.addEventListener("keydown", (event) => event.key === "Escape" && (sheet.open = false));
addEventListener("popstate", () => show(location.href, false));
settle();
