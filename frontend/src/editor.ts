// The template editor: line numbers, merge fields at the cursor, findings that lead to their line, a preview that follows.
//   <div data-editor data-preview-frame="#mail-frame"> <form>…<textarea class="tw-code">… <button data-insert="…"> </div>
type Field = HTMLInputElement | HTMLTextAreaElement;

export function editor(box: HTMLElement): void {
  if (box.dataset.ready) return;
  box.dataset.ready = "yes";
  const code = box.querySelector<HTMLTextAreaElement>("textarea.tw-code");
  if (code) numberLines(code);
  watchInsertions(box, code);
  box.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>(".tw-goto");
    if (button) goTo(box, button);
  });
  followPreview(box);
}

function numberLines(code: HTMLTextAreaElement): void {
  const gutter = code.closest(".tw-code-box")?.querySelector<HTMLElement>(".tw-code-lines");
  if (!gutter) return;
  const align = () => {
    gutter.style.insetBlockStart = `${code.offsetTop + code.clientTop}px`;
    gutter.style.blockSize = `${code.clientHeight}px`;
    gutter.scrollTop = code.scrollTop;
  };
  const draw = () => {
    const lines = code.value.split("\n").length;
    if (gutter.dataset.lines !== String(lines)) {
      gutter.dataset.lines = String(lines);
      gutter.textContent = Array.from({ length: lines }, (_, n) => n + 1).join("\n") + "\n";
    }
    align();
  };
  code.addEventListener("input", draw);
  code.addEventListener("change", draw);
  code.addEventListener("scroll", align);
  new ResizeObserver(align).observe(code);
  // Tab indents; Escape and then Tab leaves the field, so that nobody is caught in it.
  let leave = false;
  code.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !event.shiftKey && !leave && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      put(code, "  ");
    }
    leave = event.key === "Escape";
  });
  draw();
}

function watchInsertions(box: HTMLElement, code: HTMLTextAreaElement | null): void {
  let last: Field | null = code;
  box.addEventListener("focusin", (event) => {
    const field = event.target as HTMLElement;
    if (["subject", "preheader", "mjml", "text"].includes((field as Field).name)) last = field as Field;
  });
  box.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-insert]");
    if (button && last) put(last, button.dataset.insert ?? "");
  });
}

/** Text at the cursor, so that Ctrl+Z takes it back. */
function put(field: Field, text: string): void {
  field.focus();
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function goTo(box: HTMLElement, button: HTMLElement): void {
  const field = box.querySelector<Field>(`[name="${button.dataset.part}"]`);
  if (!field) return;
  field.closest("details")?.setAttribute("open", "");
  field.focus();
  const line = Number(button.dataset.line ?? 0);
  if (!line || !(field instanceof HTMLTextAreaElement)) return;
  const lines = field.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  field.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  field.scrollTop = Math.max(0, (field.scrollHeight / lines.length) * (line - 4));
}

function followPreview(box: HTMLElement): void {
  const frame = document.querySelector<HTMLIFrameElement>(box.dataset.previewFrame ?? "");
  const contact = box.querySelector<HTMLInputElement>("input[name=contact]");
  const form = box.querySelector<HTMLFormElement>("form[data-draft]");
  if (!frame) return;
  const base = frame.getAttribute("src") ?? "";
  const show = () => frame.setAttribute("src", `${base}?contact=${encodeURIComponent(contact?.value ?? "")}&at=${Date.now()}`);
  document.body.addEventListener("tw:template-saved", () => {
    if (form) form.dataset.draftVersion = box.querySelector<HTMLInputElement>("[name=seen]")?.value ?? "";
    show();
  });
  contact?.addEventListener("change", show);
}
