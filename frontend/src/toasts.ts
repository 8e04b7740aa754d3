// Short messages in the corner; those of the server (Django's messages) and those of a connection that failed.
import { Toast } from "./vendor.js";

/** Show the toasts that the page (or a part that htmx fetched) brought along. */
export function toastsIn(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>(".toast:not([data-shown])")) {
    element.dataset.shown = "yes";
    Toast.getOrCreateInstance(element).show();
    element.addEventListener("hidden.bs.toast", () => element.remove());
  }
}

export function toast(text: string, level: string): void {
  const template = document.querySelector<HTMLTemplateElement>("#tw-toast");
  const corner = document.querySelector("#tw-toasts");
  const element = template?.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined;
  if (!element || !corner) return;
  element.dataset.level = level;
  element.querySelector("[data-part=text]")!.textContent = text;
  if (level === "error") element.dataset.bsAutohide = "false";
  corner.append(element);
  toastsIn(corner);
}

/** A part of the page could not be fetched. Polling parts stay quiet: they try again by themselves. */
export function watchHtmxFaults(): void {
  const say = (event: Event) => {
    const { elt } = (event as CustomEvent<{ elt?: HTMLElement }>).detail;
    if (elt?.getAttribute("hx-trigger")?.includes("every")) return;
    const words = document.querySelector<HTMLElement>("#tw-toasts")?.dataset;
    toast((event.type === "htmx:sendError" ? words?.offline : words?.failed) ?? "", "error");
  };
  document.addEventListener("htmx:responseError", say);
  document.addEventListener("htmx:sendError", say);
}
