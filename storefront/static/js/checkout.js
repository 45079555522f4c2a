// Shows parcels and total as soon as postcode and village are known, by pressing the form's own button.
function enhance(form) {
  const show = form.querySelector('button[name="step"][value="address"]');
  const postcode = form.elements.postcode;
  let asked = postcode.value.trim();
  postcode.addEventListener("input", () => {
    const value = postcode.value.trim();
    if (!/^\d{5}$/.test(value) || value === asked) return;
    asked = value;
    form.requestSubmit(show);
  });
  form.elements.village?.addEventListener("change", () => form.requestSubmit(show));
}

document.querySelectorAll("form[data-checkout]").forEach(enhance);
