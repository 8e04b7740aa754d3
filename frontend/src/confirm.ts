// Destructive acts ask first. On a form or on the button that submits it:
//   data-confirm="Remove Bob from the workspace?"   the question
//   data-confirm-label="Remove"                      what the button says
//   data-confirm-name="Ningbo Lantern"               must be typed, for what cannot be undone
export function watchConfirmations(): void {
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      const submitter = (event as SubmitEvent).submitter as HTMLElement | null;
      const asking = submitter?.dataset.confirm ? submitter : form.dataset.confirm ? form : null;
      if (!asking || form.dataset.confirmed) {
        delete form.dataset.confirmed;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(asking, () => {
        form.dataset.confirmed = "yes";
        form.requestSubmit(submitter);
      });
    },
    true,
  );
}

function ask(asking: HTMLElement, go: () => void): void {
  const dialog = document.querySelector<HTMLDialogElement>("#tw-confirm");
  if (!dialog) return go();
  const part = <T extends HTMLElement>(name: string) => dialog.querySelector<T>(`[data-part=${name}]`)!;
  const name = asking.dataset.confirmName ?? "";
  const typed = part<HTMLInputElement>("typed");
  const yes = part<HTMLButtonElement>("yes");
  part("question").textContent = asking.dataset.confirm ?? "";
  yes.textContent = asking.dataset.confirmLabel ?? yes.dataset.label ?? "OK";
  part("name-row").hidden = !name;
  part("name").textContent = name;
  typed.value = "";
  const allow = () => (yes.disabled = Boolean(name) && typed.value.trim() !== name);
  typed.oninput = allow;
  allow();
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") go();
  };
  dialog.returnValue = "";
  dialog.showModal();
  (name ? typed : yes).focus();
}
