// Adds one box that ticks every row of a list; without this script each is ticked by hand.
for (const form of document.querySelectorAll("[data-choose]")) {
  const place = form.querySelector("[data-choose-all]");
  const all = place.querySelector("input");
  const boxes = [...form.querySelectorAll('input[name="parcel"]')];
  const update = () => {
    all.checked = boxes.every((box) => box.checked);
    all.indeterminate = !all.checked && boxes.some((box) => box.checked);
  };
  all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
  form.addEventListener("change", (event) => event.target !== all && update());
  place.hidden = false;
  update();
}
