// What was typed survives a reload, a log-out and a broken connection:
//   <form method="post" data-draft="template-12" data-draft-version="{{ template.updated_at.isoformat }}">
// Kept in this browser until the form was saved. Passwords, files and hidden fields are never kept. A form that comes back from the
// server with errors has its values already and is left alone (data-bound).
interface Draft {
  version: string;
  at: number;
  sent: boolean;
  values: Record<string, string[]>;
}

const PREFIX = "tw-draft:";
const KEEP_DAYS = 14;

export function watchDrafts(): void {
  const forms = [...document.querySelectorAll<HTMLFormElement>("form[data-draft]")];
  tidy(new Set(forms.map(keyOf)));
  for (const form of forms) {
    restore(form);
    let timer = 0;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => store(form, false), 300);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      store(form, true);
    });
  }
}

const keyOf = (form: HTMLFormElement): string => PREFIX + location.pathname + "#" + form.dataset.draft;

function read(key: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

/** Forget drafts that were saved (their form was sent, and this page is neither the log-in nor an error) and old ones. */
function tidy(here: Set<string>): void {
  const keeps = Boolean(document.querySelector("[data-keeps-drafts]"));
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(PREFIX)) continue;
    const draft = read(key);
    const old = !draft || Date.now() - draft.at > KEEP_DAYS * 86_400_000;
    if (old || (draft.sent && !keeps && !here.has(key))) localStorage.removeItem(key);
  }
}

function fields(form: HTMLFormElement): (HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[] {
  return ([...form.elements] as HTMLInputElement[]).filter(
    (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type),
  );
}

function valuesOf(form: HTMLFormElement): Record<string, string[]> {
  const kept: Record<string, string[]> = {};
  const data = new FormData(form);
  for (const field of fields(form)) kept[field.name] = data.getAll(field.name).map(String);
  return kept;
}

function store(form: HTMLFormElement, sent: boolean): void {
  const draft: Draft = { version: form.dataset.draftVersion ?? "", at: Date.now(), sent, values: valuesOf(form) };
  try {
    localStorage.setItem(keyOf(form), JSON.stringify(draft));
  } catch {
    // The store of this browser is full or switched off: the page works without.
  }
}

function restore(form: HTMLFormElement): void {
  const draft = read(keyOf(form));
  if (!draft || form.hasAttribute("data-bound")) return;
  if (draft.version !== (form.dataset.draftVersion ?? "") || same(draft.values, valuesOf(form))) {
    localStorage.removeItem(keyOf(form));
    return;
  }
  fill(form, draft.values);
  notice(form);
}

const same = (a: Draft["values"], b: Draft["values"]): boolean =>
  Object.keys(b).every((name) => !(name in a) || JSON.stringify(a[name]) === JSON.stringify(b[name]));

function fill(form: HTMLFormElement, values: Draft["values"]): void {
  for (const field of fields(form)) {
    const kept = values[field.name];
    if (!kept) continue;
    if (field instanceof HTMLSelectElement) for (const option of field.options) option.selected = kept.includes(option.value);
    else if (field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type)) field.checked = kept.includes(field.value);
    else field.value = kept[0] ?? "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function notice(form: HTMLFormElement): void {
  const template = document.querySelector<HTMLTemplateElement>("#tw-draft-notice");
  const bar = template?.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined;
  if (!bar) return;
  bar.querySelector("button")?.addEventListener("click", () => {
    localStorage.removeItem(keyOf(form));
    location.reload();
  });
  form.prepend(bar);
}
