// The menu of the account shows, where it is wider than the window, the section one is in.
const here = document.querySelector(".account__menu [aria-current]");

if (here) {
  const menu = here.closest("ul");
  menu.scrollLeft = here.offsetLeft - menu.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
}
