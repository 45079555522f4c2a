// Photographs of a product: progress by itself, order by dragging a picture, the focal point by a click on it.
// Without this script there is a link to look again, buttons that move, and two fields.
const section = document.querySelector("[data-photographs]");
const again = section?.querySelector("[data-again]");
let dragged = null;

function itemOf(event, kind = "data-key") {
  return event.target.closest?.(`[data-photographs] [${kind}]`);
}

function getReady() {
  for (const handle of section.querySelectorAll("[data-own] .photographs__picture")) handle.draggable = true;
  const isMaking = section.querySelector("[data-making]");
  if (again) again.hidden = !isMaking;
  if (isMaking) setTimeout(refresh, 1500);
}

async function ask(address, options) {
  const answer = await fetch(address, options);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok || !page.querySelector("[data-photographs]")) throw new Error("no answer");
  return page;
}

async function refresh() {
  const page = await ask(again.querySelector("a").href).catch(() => null);
  for (const item of section.querySelectorAll("[data-making]")) {
    const fresh = page?.getElementById(item.id);
    if (!fresh) continue;
    for (const part of [".photographs__picture", "h3"]) {
      item.querySelector(part).replaceWith(fresh.querySelector(part));  // what is being written stays
    }
    if ("making" in fresh.dataset) continue;
    delete item.dataset.making;
    item.lastElementChild.append(...fresh.querySelectorAll("[data-review]"));
  }
  getReady();
}

async function move(item, place, button) {
  const form = item.querySelector("[data-move]");
  const page = await ask(form.action, { method: "POST", body: new URLSearchParams({ place }) }).catch(() => null);
  if (!page) return location.assign(again.querySelector("a").href);
  const list = section.querySelector("[data-order]");
  list.replaceWith(page.querySelector("[data-order]"));
  getReady();
  if (!button) return;
  const moved = document.getElementById(item.id);
  (moved.querySelector(`[data-${button}]`) ?? moved.querySelector("[data-move] button")).focus();
}

function point(event) {
  const item = itemOf(event, "data-own");
  if (!item || !event.target.matches(".photographs__picture img")) return;
  const form = item.querySelector("[data-focal]");
  const dot = item.querySelector(".photographs__focus");
  const box = event.target.getBoundingClientRect();
  const x = Math.round(100 * (event.clientX - box.left) / box.width);
  const y = Math.round(100 * (event.clientY - box.top) / box.height);
  [form.elements.focal_x.value, form.elements.focal_y.value] = [x, y];
  [dot.style.left, dot.style.top] = [`${x}%`, `${y}%`];
  form.closest("details").open = true;
  form.querySelector("[type=submit]").focus({ preventScroll: true });
}

function follow() {
  section.addEventListener("click", point);
  section.addEventListener("submit", (event) => {
    const { name, value, dataset } = event.submitter ?? {};
    if (name !== "place") return;
    event.preventDefault();
    move(itemOf(event), value, "forward" in dataset ? "forward" : "backward");
  });
  section.addEventListener("dragstart", (event) => {
    dragged = itemOf(event, "data-own");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
    dragged.classList.add("is-dragged");
  });
  section.addEventListener("dragover", (event) => {
    const item = itemOf(event);
    for (const other of section.querySelectorAll(".is-over")) other.classList.toggle("is-over", other === item);
    if (!dragged || !item || item === dragged) return;
    event.preventDefault();
    item.classList.add("is-over");
  });
  section.addEventListener("drop", (event) => {
    const item = itemOf(event);
    if (!dragged || !item) return;
    event.preventDefault();
    move(dragged, item.dataset.place);
  });
  section.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    for (const item of section.querySelectorAll(".is-over")) item.classList.remove("is-over");
  });
  getReady();
}

if (section) follow();
