// Price, stock of each UPT and picture follow the chosen variant, and postage is worked out without leaving the page.
// Without this script each choice says its own price and stock, and the postcode's form loads the page again.
const buy = document.querySelector("[data-buy]");
const stepper = buy?.querySelector("input[name=quantity]");
const radios = buy ? [...buy.querySelectorAll("input[type=radio][name=sku]")] : [];

function follow(radio, isFirst = false) {
  const { price, pieces, picture, variant } = radio.dataset;
  for (const place of document.querySelectorAll("[data-price] .price, [data-price-short] .price")) {
    place.querySelector("strong").textContent = price;
    place.querySelector(".price__from")?.remove();
  }
  stepper.max = pieces;
  if (Number(stepper.value) > Number(pieces)) stepper.value = pieces;
  stepper.dispatchEvent(new Event("change", { bubbles: true }));
  for (const total of document.querySelectorAll("[data-total]")) total.hidden = true;
  for (const stock of document.querySelectorAll("[data-of]")) stock.hidden = stock.dataset.of !== variant;
  if (picture && !isFirst) document.querySelector("[data-gallery]").dispatchEvent(new CustomEvent("picture", { detail: picture }));
  fillPostage();
}

function fillPostage() {
  const form = document.querySelector("[data-postage]");
  if (!form || !stepper) return;
  const chosen = radios.find((radio) => radio.checked);
  if (chosen) form.elements.sku.value = chosen.value;
  form.elements.jumlah.value = stepper.value;
}

async function workOut(form) {
  fillPostage();
  const address = `${form.action.split("#")[0]}?${new URLSearchParams(new FormData(form))}`;
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("pembuat");
  if (!fresh) throw new Error("no answer");
  const place = document.getElementById("pembuat");
  place.replaceWith(fresh);
  const chosen = radios.find((radio) => radio.checked);
  if (chosen) follow(chosen, true);
  fresh.querySelector("input[name=kode_pos]").focus();
}

for (const radio of radios) radio.addEventListener("change", () => follow(radio));
stepper?.addEventListener("change", fillPostage);
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-postage]");
  if (!form) return;
  event.preventDefault();
  workOut(form).catch(() => form.submit());
});
const chosen = radios.find((radio) => radio.checked);
if (chosen) follow(chosen, true);
