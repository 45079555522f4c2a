// Photographs of a product: progress by itself, order by dragging, the focal point by a click.
// Without this script there is a link to look again, buttons that move, and two fields.
const section = document.querySelector("[data-photographs]");

function enhance() {
  const list = section.querySelector("[data-order]");
  let dragged = null;
  for (const item of list?.children ?? []) {
    item.addEventListener("dragover", (event) => {
      if (!dragged || dragged === item) return;
      event.preventDefault();
      item.classList.add("is-over");
    });
    item.addEventListener("dragleave", () => item.classList.remove("is-over"));
    item.addEventListener("drop", (event) => {
      event.preventDefault();
      move(dragged, item.dataset.place);
    });
    if (!("own" in item.dataset)) continue;
    item.draggable = true;
    item.addEventListener("dragstart", () => { dragged = item; item.classList.add("is-dragged"); });
    item.addEventListener("dragend", () => { dragged = null; item.classList.remove("is-dragged"); });
    for (const field of item.querySelectorAll("input, textarea")) {
      field.addEventListener("focus", () => { item.draggable = false; });
      field.addEventListener("blur", () => { item.draggable = true; });
    }
    const form = item.querySelector("[data-focal]");
    item.querySelector(".photo img")?.addEventListener("click", (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      form.elements.focal_x.value = Math.round(100 * (event.clientX - box.left) / box.width);
      form.elements.focal_y.value = Math.round(100 * (event.clientY - box.top) / box.height);
      form.closest("details").open = true;
      form.querySelector("[type=submit]").focus();
    });
  }
  if (section.querySelector("[data-making]")) setTimeout(refresh, 1500);
}

async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-photographs]");
  if (!fresh) return;
  section.replaceChildren(...fresh.childNodes);
  enhance();
}

async function refresh() {
  const answer = await fetch(location.pathname).catch(() => null);
  if (answer?.ok) await show(answer);
  else setTimeout(refresh, 5000);
}

async function move(item, place) {
  const form = item.querySelector("form[action$='/pindah']");
  await show(await fetch(form.action, { method: "POST", body: new URLSearchParams({ place }) }));
}

if (section) enhance();
