// Light or dark: what the person chose (kept by the server, or in this browser before log-in), else what the system says.
const dark = matchMedia("(prefers-color-scheme: dark)");

export function applyScheme(): void {
  const root = document.documentElement;
  const chosen = root.dataset.theme || localStorage.getItem("tw-theme") || "auto";
  root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
}

/** Follow the system while the page is open, and the switches of the page. */
export function followTheme(): void {
  dark.addEventListener("change", changed);
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-set-theme]");
    if (!button) return;
    const theme = button.dataset.setTheme ?? "auto";
    localStorage.setItem("tw-theme", theme);
    if (document.documentElement.dataset.theme) document.documentElement.dataset.theme = theme;
    changed();
  });
}

function changed(): void {
  applyScheme();
  document.dispatchEvent(new CustomEvent("tw:theme"));
}
