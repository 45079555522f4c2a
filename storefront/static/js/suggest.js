// Suggestions under the search field (a combobox with a list); without this script the field just searches.
const form = document.querySelector("form[data-suggestions]");
const field = form?.querySelector("input[type=search]");
const list = document.createElement("ul");
const status = document.createElement("p");
let timer;
let asked = "";

const options = () => [...list.children];
const active = () => list.querySelector("[aria-selected=true]");

const mark = (option) => {
  active()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
};

const close = () => {
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
  mark(null);
};

const show = ({ items, said }) => {
  list.replaceChildren(
    ...items.map(({ text, note, url }, place) => {
      const option = document.createElement("li");
      option.id = `suggestion-${place}`;
      option.dataset.url = url;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const name = document.createElement("span");
      name.textContent = text;
      const kind = document.createElement("span");
      kind.className = "suggestions__note";
      kind.textContent = note;
      option.append(name, " ", kind);
      return option;
    }),
  );
  list.hidden = !items.length;
  field.setAttribute("aria-expanded", String(!list.hidden));
  field.removeAttribute("aria-activedescendant");
  status.textContent = said;
};

const ask = async () => {
  const typed = field.value.trim();
  if (typed === asked) return;
  asked = typed;
  if (typed.length < 2) return close();
  const answer = await fetch(`${form.dataset.suggestions}?q=${encodeURIComponent(typed)}`).catch(() => null);
  if (answer?.ok && typed === asked && document.activeElement === field) show(await answer.json());
};

const move = (step) => {
  const all = options();
  const place = all.indexOf(active()) + step;
  mark(place < -1 ? all.at(-1) : all[place]);
};

if (field) {
  list.className = "suggestions";
  list.id = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.label);
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  form.append(list, status);
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", list.id], ["aria-autocomplete", "list"]]) {
    field.setAttribute(name, value);
  }
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) close();
    else if (event.key === "Enter" && active()) location.assign(active().dataset.url);
    else if (event.key === "ArrowDown" && !list.hidden) move(1);
    else if (event.key === "ArrowUp" && !list.hidden) move(active() ? -1 : -2);
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.url);
  });
}
