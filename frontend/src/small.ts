// Small habits of pages, each switched on by one attribute.
import { Popover } from "./vendor.js";

export function setUpSmall(root: ParentNode): void {
  once(root, "[data-copy], [data-copy-from]", (button) => button.addEventListener("click", () => void copy(button)));
  once(root, "[data-info]", popover);
  once(root, "[data-submit-on-change]", (field) =>
    field.addEventListener("change", () => (field as HTMLInputElement).form?.requestSubmit()),
  );
  once(root, "[data-check-all]", checkAll);
  once(root, "[data-browser-zone]", (field) => chooseZone(field as HTMLSelectElement));
  once(root, "[data-shown-when]", shownWhen);
}

function once(root: ParentNode, selector: string, act: (element: HTMLElement) => void): void {
  for (const element of root.querySelectorAll<HTMLElement>(selector)) {
    const mark = `small-${selector}`;
    const done = (element as HTMLElement & { twDone?: Set<string> }).twDone ?? new Set<string>();
    if (done.has(mark)) continue;
    done.add(mark);
    Object.assign(element, { twDone: done });
    act(element);
  }
}

/** data-copy="text" or data-copy-from="#id": to the clipboard, and the button says so for a moment. */
async function copy(button: HTMLElement): Promise<void> {
  const source = button.dataset.copyFrom ? document.querySelector(button.dataset.copyFrom) : null;
  const text = source ? (source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement ? source.value : source.textContent) : button.dataset.copy;
  try {
    await navigator.clipboard.writeText((text ?? "").trim());
  } catch {
    fallbackCopy((text ?? "").trim());
  }
  button.classList.add("is-copied");
  setTimeout(() => button.classList.remove("is-copied"), 1500);
}

/** Without https (a first try on a local network) browsers have no clipboard interface. */
function fallbackCopy(text: string): void {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

function popover(element: HTMLElement): void {
  new Popover(element, { content: element.dataset.info, trigger: "focus", placement: "top", container: "body", html: false });
}

/** The box in a table's head ticks all boxes of that table. */
function checkAll(element: HTMLElement): void {
  const box = element as HTMLInputElement;
  const others = () => [...(box.closest("table")?.querySelectorAll<HTMLInputElement>("tbody input[type=checkbox]") ?? [])];
  box.addEventListener("change", () => {
    for (const other of others()) other.checked = box.checked;
    others()[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

/** First-run page: the zone of this browser, unless the person has chosen already. */
function chooseZone(select: HTMLSelectElement): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (select.dataset.browserZone !== "keep" && [...select.options].some((option) => option.value === zone)) select.value = zone;
}

/** data-shown-when="kind=relay": shown while the field `kind` of the same form has that value (several values: kind=a|b). */
function shownWhen(element: HTMLElement): void {
  const [name, values] = (element.dataset.shownWhen ?? "").split("=");
  const form = element.closest("form");
  if (!form || !name) return;
  const show = () => {
    const value = String(new FormData(form).get(name) ?? "");
    element.hidden = !(values ?? "").split("|").includes(value);
  };
  form.addEventListener("change", show);
  show();
}
