// Shows parcels and total as soon as postcode and village are known, by pressing the form's own button,
// and goes on where the customer was typing.
const PLACE = "#alamat";

function enhance(form) {
  const show = form.querySelector('button[name="step"][value="address"]');
  const { postcode, village, street } = form.elements;
  show.formAction = form.action + PLACE;
  let asked = postcode.value.trim();
  postcode.addEventListener("input", () => {
    const value = postcode.value.trim();
    if (!/^\d{5}$/.test(value) || value === asked) return;
    asked = value;
    form.requestSubmit(show);
  });
  village?.addEventListener("change", () => form.requestSubmit(show));
  const use = form.querySelector('button[name="step"][value="saved"]');
  form.querySelector("[data-saved]")?.addEventListener("change", () => form.requestSubmit(use));
  // the browser's own way to the place comes first: it would take the focus away again
  if (location.hash === PLACE) addEventListener("load", () => goOn(postcode, village, street));
}

function goOn(postcode, village, street) {
  const problem = document.querySelector(".alert--bad:not(.summary)");
  if (problem) problem.scrollIntoView();
  else if (postcode.getAttribute("aria-invalid")) postcode.focus();
  else if (village && !village.hidden && !village.value) village.focus();
  else street.focus();
}

document.querySelectorAll("form[data-checkout]").forEach(enhance);
