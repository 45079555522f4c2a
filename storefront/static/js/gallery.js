// Keys and small pictures move the strip instead of the page; a picture opens in a dialog where it can be enlarged.
// Without this script the strip is scrolled or swiped and each picture is a link to itself.
function enhance(gallery) {
  const track = gallery.querySelector("[data-track]");
  const slides = [...track.children];
  const thumbs = [...gallery.querySelectorAll(".gallery__thumbs a")];
  const dialog = gallery.querySelector("[data-zoom]");
  const [stage, words] = ["[data-stage]", "[data-text]"].map((name) => dialog.querySelector(name));
  let current = 0;

  const show = (index) => {
    current = (index + slides.length) % slides.length;
    track.scrollTo({ left: slides[current].offsetLeft - track.offsetLeft });
  };
  const enlarge = (index) => {
    show(index);
    const picture = new Image();
    picture.src = slides[current].href;
    picture.alt = slides[current].querySelector("img").alt;
    stage.classList.remove("is-large");
    stage.replaceChildren(picture);
    words.textContent = picture.alt;
    if (!dialog.open) dialog.showModal();
    stage.focus();
  };
  const arrows = (move) => (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || stage.classList.contains("is-large")) return;
    event.preventDefault();
    move(current + step);
  };

  const notice = () => {
    current = Math.round(track.scrollLeft / track.clientWidth);
    for (const thumb of thumbs) thumb.removeAttribute("aria-current");
    thumbs[current]?.setAttribute("aria-current", "true");
  };
  slides.forEach((slide, index) => {
    slide.addEventListener("click", (event) => {
      event.preventDefault();
      enlarge(index);
    });
  });
  thumbs.forEach((thumb, index) => thumb.addEventListener("click", (event) => {
    event.preventDefault();
    show(index);
  }));
  track.addEventListener("scroll", notice, { passive: true });
  track.addEventListener("keydown", arrows(show));
  dialog.addEventListener("keydown", arrows(enlarge));
  for (const button of dialog.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => enlarge(current + Number(button.dataset.step)));
  }
  const magnify = () => {
    if (!stage.classList.toggle("is-large")) return;
    stage.scrollTo((stage.scrollWidth - stage.clientWidth) / 2, (stage.scrollHeight - stage.clientHeight) / 2);
  };
  stage.addEventListener("click", magnify);
  stage.addEventListener("keydown", (event) => event.key === "Enter" && magnify());
  gallery.addEventListener("picture", (event) => {
    const index = slides.findIndex((slide) => slide.dataset.name === event.detail);
    if (index >= 0) show(index);
  });
}

document.querySelectorAll("[data-gallery]").forEach(enhance);
