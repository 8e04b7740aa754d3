// Everything that runs on a page of ours. Charts come in a file of their own, fetched only where there is one.
import htmx from "htmx.org";
import "./vendor.js";
import { watchConfirmations } from "./confirm";
import { watchDrafts } from "./draft";
import { editor } from "./editor";
import { watchKeys } from "./keys";
import { frame } from "./preview";
import { followTheme } from "./scheme";
import { setUpSmall } from "./small";
import { toast, toastsIn, watchHtmxFaults } from "./toasts";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}
window.htmx = htmx;

function setUp(root: ParentNode): void {
  setUpSmall(root);
  toastsIn(root);
  root.querySelectorAll<HTMLElement>("[data-preview]").forEach(frame);
  root.querySelectorAll<HTMLElement>("[data-editor]").forEach(editor);
  if (root.querySelector("[data-chart]")) void import("./charts").then(({ draw }) => draw(root));
}

followTheme();
watchConfirmations();
watchDrafts();
watchKeys();
watchHtmxFaults();
document.addEventListener("tw:toast", (event) => {
  const { toasts } = (event as CustomEvent<{ toasts?: { text: string; level: string }[] }>).detail;
  for (const one of toasts ?? []) toast(one.text, one.level);
});
htmx.onLoad((element) => setUp(element.parentElement ?? document));
setUp(document);
