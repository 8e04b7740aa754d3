// The keyboard: "/" searches, "g" and a letter goes to an area (the letters stand in the navigation as data-key), "?" shows this list.
import { Modal } from "./vendor.js";

const typing = (element: Element | null): boolean =>
  element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

export function watchKeys(): void {
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(document.activeElement)) return;
    if (document.querySelector("dialog[open], .modal.show")) return;
    if (Date.now() - going < 1500) {
      going = 0;
      const link = document.querySelector<HTMLAnchorElement>(`a[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
      if (link) location.assign(link.href);
    } else if (event.key === "g") going = Date.now();
    else if (event.key === "/") focusSearch(event);
    else if (event.key === "?") showHelp();
  });
}

function focusSearch(event: Event): void {
  const box = [...document.querySelectorAll<HTMLInputElement>("[data-search]")].find((input) => input.offsetParent !== null);
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
}

function showHelp(): void {
  const help = document.querySelector("#tw-keys");
  if (help) Modal.getOrCreateInstance(help).show();
}
