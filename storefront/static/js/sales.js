// Sales at a fair are kept in the browser until the shop has them, so that a bad line loses none; each has a key of
// its own and counts once, however often it is sent. Without this script the form is sent as any other.
const section = document.querySelector("[data-sales]");
const form = section?.querySelector("form[data-sale]");
const AGAIN = 30_000, PATIENCE = 20_000;
let isSending = false;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(form.action)) ?? [];
  } catch {
    return [];
  }
}

function keep(sales) {
  localStorage.setItem(form.action, JSON.stringify(sales));
}

function change(key, change) {
  keep(kept().flatMap((sale) => (sale.key === key ? change(sale) : [sale])));
}

function newKey() {
  const digits = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function boxes() {
  return [...form.elements].filter((field) => field.name.startsWith("n-"));
}

function note(event) {
  const filled = boxes().filter((box) => box.value.trim());
  if (!filled.length) return; // the shop says what is missing
  const what = filled.map((box) => `${box.value} × ${box.labels[0].innerText}`).join(", ");
  const sale = { key: form.elements.key.value, body: `${new URLSearchParams(new FormData(form))}`, what, said: "" };
  try {
    keep([...kept(), sale]);
  } catch {
    return; // nothing can be kept here: it goes the usual way
  }
  event.preventDefault();
  for (const box of boxes()) box.value = "";
  form.elements.key.value = newKey();
  sendAll();
}

async function send(sale) {
  const signal = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(sale.body), signal });
  if (answer.status >= 500) throw new Error("not now");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-sales]");
  if (answer.ok && fresh) {
    change(sale.key, () => []);
    for (const left of section.querySelectorAll("[data-left]")) {
      left.textContent = page.getElementById(left.id)?.textContent ?? "0";
    }
    return;
  }
  const wrong = [...(fresh?.querySelectorAll(".field__error, [data-refusal] p") ?? [])];
  const said = wrong.map((each) => each.textContent.trim()).join(" ") || section.dataset.away;
  change(sale.key, (each) => [{ ...each, said }]);
}

async function sendAll() {
  if (isSending) return;
  isSending = true;
  const waited = kept().length;
  show(waited ? section.dataset.sending : "");
  try {
    for (const sale of kept()) await send(sale);
    show(waited && !kept().length ? section.dataset.done : "");
  } catch {
    show(section.dataset.offline);
  }
  isSending = false;
  if (kept().length > waited) sendAll(); // noted meanwhile
}

function show(state) {
  const waiting = section.querySelector("[data-waiting]");
  const list = waiting.querySelector("ol");
  list.replaceChildren(...kept().map((sale) => {
    const item = waiting.querySelector("template").content.firstElementChild.cloneNode(true);
    item.querySelector("[data-what]").textContent = sale.what;
    item.querySelector("[data-said]").textContent = sale.said;
    item.querySelector("button").addEventListener("click", () => putBack(sale));
    return item;
  }));
  waiting.hidden = !list.children.length;
  section.querySelector("[data-state]").textContent = state;
}

function putBack(sale) {
  if (isSending) return;
  change(sale.key, () => []);
  const written = new URLSearchParams(sale.body);
  for (const box of boxes()) box.value = written.get(box.name) ?? "";
  form.elements.key.value = sale.key;
  show("");
}

if (form) {
  form.addEventListener("submit", note);
  section.querySelector("[data-again]").addEventListener("click", sendAll);
  addEventListener("online", sendAll);
  setInterval(() => kept().length && sendAll(), AGAIN);
  sendAll();
}
