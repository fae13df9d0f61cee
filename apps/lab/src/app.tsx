import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { theme, toggleTheme } from "./theme.js";
import { currentView, hrefOf, type ViewName } from "./url/route.js";

type LoadedView = { readonly default: ComponentType };

const loaders: Readonly<Record<ViewName, () => Promise<LoadedView>>> = {
  ghosts: () => import("./views/ghosts/view.js"),
  collapse: () => import("./views/collapse/view.js"),
  training: () => import("./views/training/view.js"),
  curvature: () => import("./views/curvature/view.js"),
  invariants: () => import("./views/invariants/view.js"),
  read: () => import("./views/read/view.js"),
};

const TITLES: Readonly<Record<ViewName, string>> = {
  collapse: "Collapse",
  ghosts: "Ghosts",
  training: "Training",
  curvature: "Curvature",
  invariants: "Invariants",
  read: "Sources",
};

const LISTED: readonly ViewName[] = ["collapse", "ghosts", "training", "curvature", "invariants"];

export function App() {
  const name = currentView.value;
  const [shown, setShown] = useState<{ name: ViewName; View: ComponentType } | undefined>(
    undefined,
  );
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let here = true;
    document.title = `${TITLES[name]} · xent lab`;
    loaders[name]().then(
      (loaded) => here && setShown({ name, View: loaded.default }),
      (error: unknown) => here && setProblem(`This view could not be loaded: ${String(error)}`),
    );
    return () => {
      here = false;
    };
  }, [name]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to the view
      </button>
      <header class="bar">
        <h1>
          <span aria-hidden="true" class="mark" />
          xent lab
        </h1>
        <nav aria-label="Views">
          <ul>
            {LISTED.map((view) => (
              <li key={view}>
                <a href={hrefOf(view)} aria-current={view === name ? "page" : undefined}>
                  {TITLES[view]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <button type="button" class="quiet" onClick={toggleTheme} data-action="theme">
          {theme.value === "dark" ? "Light theme" : "Dark theme"}
        </button>
      </header>
      <main id="main" tabIndex={-1} data-view={shown?.name}>
        {problem !== "" && <p class="problem">{problem}</p>}
        {shown ? <shown.View /> : <p class="hint">Loading…</p>}
      </main>
      <footer>
        Every number here is computed in this browser by the packages of xent. Nothing is sent
        anywhere.
      </footer>
    </>
  );
}
