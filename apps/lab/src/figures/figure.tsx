import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { theme } from "../theme.js";
import { drawSoon, forgetDrawing } from "./draw-queue.js";
import { type ExportKind, exportFigure } from "./export.js";
import type { Table } from "./table.js";

interface FigureProps {
  /** Of the exported files, and for tests. */
  readonly name: string;
  readonly title: string;
  /** What the picture shows, for those who do not see it. */
  readonly description: string;
  /** Draws at a width in pixels. Called again when `deps` change, the theme or the width. */
  readonly plot?: (width: number) => Element;
  readonly deps?: readonly unknown[];
  /** Instead of `plot`: an SVG element of one's own. */
  readonly children?: ComponentChildren;
  readonly table: () => Table;
  readonly caption?: ComponentChildren;
}

const KINDS: readonly ExportKind[] = ["svg", "png", "csv", "json"];

/** A figure with its caption and its exports. */
export function Figure(props: FigureProps) {
  const { name, title, description, plot, deps = [], children, table, caption } = props;
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const drawn = useRef(plot);
  drawn.current = plot;
  const colors = theme.value;

  useEffect(() => {
    const element = host.current!;
    const observer = new ResizeObserver(([entry]) => {
      setWidth(Math.floor(entry!.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (plot === undefined || width === 0) return;
    const element = host.current!;
    drawSoon(element, () => {
      const picture = drawn.current?.(width);
      if (picture === undefined) return;
      // Plot names its groups, which assistive technology does not allow on elements without a role.
      for (const group of picture.querySelectorAll("[aria-label]"))
        group.removeAttribute("aria-label");
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", description);
      element.replaceChildren(picture);
    });
    return () => forgetDrawing(element);
  }, [width, colors, description, ...deps]);

  const download = (kind: ExportKind): void => {
    const svg = host.current?.querySelector("svg");
    if (svg) void exportFigure(kind, name, title, svg, table);
  };

  return (
    <figure class="figure" data-figure={name}>
      <div class="figure-head">
        <h3>{title}</h3>
        <div class="exports" role="group" aria-label={`Download: ${title}`}>
          {KINDS.map((kind) => (
            <button
              key={kind}
              type="button"
              class="quiet"
              onClick={() => download(kind)}
              aria-label={`Download ${title} as ${kind.toUpperCase()}`}
            >
              {kind.toUpperCase()}
            </button>
          ))}
        </div>
      </div>
      <div class="figure-body" ref={host}>
        {children}
      </div>
      {caption !== undefined && <figcaption>{caption}</figcaption>}
    </figure>
  );
}
