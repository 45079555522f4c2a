// Fills province, regency, district and village from the postcode; whatever it cannot know is typed as before.
const PLACES = ["province", "regency", "district", "village"];

function suggest(field, names) {
  const id = `${field.name}-suggestions`;
  document.getElementById(id)?.remove();
  if (field.tagName !== "INPUT" || names.length < 2) return;
  const list = document.createElement("datalist");
  list.id = id;
  list.append(...names.map((name) => new Option(name, name)));
  field.setAttribute("list", id);
  field.after(list);
}

function fill(field, names) {
  if (!field) return;
  suggest(field, names);
  if (names.includes(field.value)) return;
  if (names.length === 1) field.value = names[0];
  else if (field.dataset.filled === "yes") field.value = "";
  field.dataset.filled = names.length === 1 ? "yes" : "no";
}

function villages(form, districts) {
  const chosen = districts.find((district) => district.name === form.elements.district?.value);
  return chosen ? chosen.villages : districts.flatMap((district) => district.villages);
}

async function lookUp(form, postcode) {
  const answer = await fetch(`${form.dataset.address}/${postcode}.json`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const place = await answer.json();
  if (form.elements.postcode.value.trim() !== postcode) return;
  const [province, regency, district, village] = PLACES.map((name) => form.elements[name]);
  fill(province, [place.province]);
  fill(regency, [place.regency]);
  fill(district, place.districts.map((each) => each.name));
  fill(village, villages(form, place.districts));
  if (district) district.onchange = () => fill(village, villages(form, place.districts));
}

function enhance(form) {
  const postcode = form.elements.postcode;
  let asked = postcode.value.trim();
  postcode.addEventListener("input", () => {
    const value = postcode.value.trim();
    if (!/^\d{5}$/.test(value) || value === asked) return;
    asked = value;
    lookUp(form, value).catch(() => { asked = ""; });
  });
}

document.querySelectorAll("form[data-address]").forEach(enhance);
