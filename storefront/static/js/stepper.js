// Adds "one fewer" and "one more" buttons to number fields; without this script the field works alone.
function button(sign, label, field, step) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = sign;
  element.setAttribute("aria-label", label);
  element.addEventListener("click", () => {
    const before = field.value;
    if (step < 0) field.stepDown();
    else field.stepUp();
    if (field.value !== before) field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  return element;
}

function enhance(box) {
  const field = box.querySelector("input[type=number]");
  const fewer = button("−", box.dataset.less, field, -1);
  const more = button("+", box.dataset.more, field, 1);
  const update = () => {
    const value = Number(field.value);
    fewer.disabled = field.min !== "" && value <= Number(field.min);
    more.disabled = field.max !== "" && value >= Number(field.max);
  };
  field.addEventListener("input", update);
  field.addEventListener("change", update);
  field.before(fewer);
  field.after(more);
  update();
}

document.querySelectorAll("[data-stepper]").forEach(enhance);
