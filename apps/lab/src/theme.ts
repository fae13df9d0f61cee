import { type ReadonlySignal, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const chosen = signal<Theme>(
  document.documentElement.dataset["theme"] === "dark" ? "dark" : "light",
);

export const theme: ReadonlySignal<Theme> = chosen;

export function toggleTheme(): void {
  const next = chosen.peek() === "dark" ? "light" : "dark";
  document.documentElement.dataset["theme"] = next;
  localStorage.setItem("xent-lab-theme", next);
  chosen.value = next;
}
