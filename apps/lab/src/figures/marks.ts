import type { Markish, RenderFunction } from "@observablehq/plot";

const NAMESPACE = "http://www.w3.org/2000/svg";

interface ImageMark {
  /** Data URL. */
  readonly href: string;
  /** In the units of the scales. */
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
  /** Between pixels: blocks for matrices, smooth for fields. */
  readonly smooth?: boolean;
}

/** A picture between the axes. */
export function imageMark(mark: ImageMark): Markish {
  const render: RenderFunction = (_index, { scales }) => {
    const x = scales.x as unknown as { apply(v: number): number };
    const y = scales.y as unknown as { apply(v: number): number };
    const image = document.createElementNS(NAMESPACE, "image");
    const [x1, x2] = [x.apply(mark.left), x.apply(mark.right)];
    const [y1, y2] = [y.apply(mark.top), y.apply(mark.bottom)];
    image.setAttribute("x", String(x1));
    image.setAttribute("y", String(y1));
    image.setAttribute("width", String(x2 - x1));
    image.setAttribute("height", String(y2 - y1));
    image.setAttribute("preserveAspectRatio", "none");
    image.setAttribute("href", mark.href);
    if (mark.smooth !== true) image.setAttribute("style", "image-rendering:pixelated");
    return image;
  };
  return render;
}
