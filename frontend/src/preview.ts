// The frame of a mail preview, as wide as a desktop's reading pane or as a phone:
//   <div data-preview> <button data-width="desktop">…</button> <button data-width="phone">…</button> <iframe sandbox …></iframe> </div>
export function frame(box: HTMLElement): void {
  if (box.dataset.ready) return;
  box.dataset.ready = "yes";
  const buttons = [...box.querySelectorAll<HTMLButtonElement>("button[data-width]")];
  const choose = (width: string) => {
    box.dataset.shown = width;
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.width === width));
      button.classList.toggle("active", button.dataset.width === width);
    }
    localStorage.setItem("tw-preview", width);
  };
  for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.width ?? "desktop"));
  choose(localStorage.getItem("tw-preview") ?? "desktop");
}
