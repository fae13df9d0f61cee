import { type Table, tableToCsv, tableToJson } from "./table.js";

export type ExportKind = "svg" | "png" | "csv" | "json";

const NAMESPACE = "http://www.w3.org/2000/svg";

/** The figure as a file of its own: colours spelt out, a ground, a title. */
export function standaloneSvg(svg: SVGSVGElement, title: string): string {
  const style = getComputedStyle(document.documentElement);
  const clone = svg.cloneNode(true) as SVGSVGElement;
  const { width, height } = svg.viewBox.baseVal;
  clone.setAttribute("xmlns", NAMESPACE);
  clone.setAttribute("width", String(width));
  clone.setAttribute("height", String(height));
  clone.setAttribute("color", style.getPropertyValue("--ink"));
  clone.setAttribute("font-family", "system-ui, sans-serif");
  const ground = document.createElementNS(NAMESPACE, "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", "var(--paper)");
  clone.prepend(ground);
  const name = document.createElementNS(NAMESPACE, "title");
  name.textContent = title;
  clone.prepend(name);
  return new XMLSerializer()
    .serializeToString(clone)
    .replace(/var\((--[\w-]+)\)/g, (_, property: string) =>
      style.getPropertyValue(property).trim(),
    );
}

async function pngOf(svg: SVGSVGElement, title: string): Promise<Blob> {
  const { width, height } = svg.viewBox.baseVal;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standaloneSvg(svg, title))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  const context = canvas.getContext("2d")!;
  context.scale(2, 2);
  context.drawImage(image, 0, 0, width, height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no PNG"))), "image/png"),
  );
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Downloads a figure or its data. */
export async function exportFigure(
  kind: ExportKind,
  name: string,
  title: string,
  svg: SVGSVGElement,
  table: () => Table,
): Promise<void> {
  const file = `xent-${name}.${kind}`;
  switch (kind) {
    case "svg":
      return save(new Blob([standaloneSvg(svg, title)], { type: "image/svg+xml" }), file);
    case "png":
      return save(await pngOf(svg, title), file);
    case "csv":
      return save(new Blob([tableToCsv(table())], { type: "text/csv" }), file);
    case "json":
      return save(new Blob([tableToJson(table())], { type: "application/json" }), file);
  }
}
