// Makes modal dialogs of the sections [data-dialog]; without this script they stand open in the page.
for (const dialog of document.querySelectorAll("[data-dialog]")) {
  dialog.close();
  dialog.querySelector(".dialog__close").hidden = false;
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

for (const link of document.querySelectorAll("[data-opens]")) {
  link.setAttribute("aria-haspopup", "dialog");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(link.dataset.opens).showModal();
  });
}
