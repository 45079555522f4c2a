// Closes the open menu by Escape, by a tap beside it or when the focus leaves it; opening needs no script.
// Besides, when the page stands: has the browser keep what to say without a network.
const menu = document.querySelector("[data-menu]");

function close() {
  menu.open = false;
}

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  close();
  menu.querySelector("summary").focus();
});
addEventListener("click", (event) => {
  if (!menu.contains(event.target)) close();
});
menu.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !menu.contains(event.relatedTarget)) close();
});

addEventListener("load", () => {
  navigator.serviceWorker?.register("/sw.js").catch(() => {}); // a browser may be told to keep nothing
});
