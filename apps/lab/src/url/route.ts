import { type ReadonlySignal, signal } from "@preact/signals";
import { readState, type Schema, writeState } from "./fields.js";

export const VIEW_NAMES = [
  "collapse",
  "ghosts",
  "training",
  "curvature",
  "invariants",
  "read",
] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

interface Address {
  readonly view: ViewName;
  readonly params: URLSearchParams;
}

function parseHash(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const view = VIEW_NAMES.find((name) => name === path) ?? "ghosts";
  // "," stays readable in our own links; others may have escaped it, which URLSearchParams undoes.
  return { view, params: new URLSearchParams(query) };
}

function formatHash(view: ViewName, params: URLSearchParams): string {
  const query = params.toString().replaceAll("%2C", ",");
  return `#/${view}${query === "" ? "" : `?${query}`}`;
}

const shown = signal<ViewName>(parseHash(location.hash).view);
const lastHash = signal<Partial<Record<ViewName, string>>>({});
const readers = new Map<ViewName, (params: URLSearchParams) => void>();

/** The view in the address. */
export const currentView: ReadonlySignal<ViewName> = shown;

/** A link to a view as it was left. */
export function hrefOf(view: ViewName): string {
  return lastHash.value[view] ?? `#/${view}`;
}

addEventListener("hashchange", () => {
  const { view, params } = parseHash(location.hash);
  if (location.hash !== lastHash.peek()[view]) readers.get(view)?.(params);
  shown.value = view;
});

/** A view's state, kept in the address while the view is shown. */
export interface UrlState<S> {
  readonly state: ReadonlySignal<S>;
  set(this: void, patch: Partial<S>): void;
}

const WRITE_DELAY = 120;

/** One a view, made when its module loads. Browsers limit how often the address may change: writes are gathered. */
export function urlState<S extends object>(view: ViewName, schema: Schema<S>): UrlState<S> {
  const here = parseHash(location.hash);
  const state = signal(readState(schema, here.view === view ? here.params : new URLSearchParams()));
  let waiting = false;
  const write = (): void => {
    waiting = false;
    const hash = formatHash(view, writeState(schema, state.peek()));
    lastHash.value = { ...lastHash.peek(), [view]: hash };
    if (shown.peek() === view && location.hash !== hash) history.replaceState(null, "", hash);
  };
  readers.set(view, (params) => {
    state.value = readState(schema, params);
    write();
  });
  return {
    state,
    set(patch) {
      state.value = { ...state.peek(), ...patch };
      if (!waiting) setTimeout(write, WRITE_DELAY);
      waiting = true;
    },
  };
}
