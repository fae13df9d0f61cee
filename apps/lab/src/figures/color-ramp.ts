import type { Theme } from "../theme.js";

type Rgb = readonly [number, number, number];

/** 256 colours, as r, g, b bytes one after the other. */
export type ColorTable = Uint8ClampedArray;

function table(stops: readonly Rgb[]): ColorTable {
  const out = new Uint8ClampedArray(256 * 3);
  for (let i = 0; i < 256; i++) {
    const x = (i / 255) * (stops.length - 1);
    const at = Math.min(stops.length - 2, Math.floor(x));
    for (let c = 0; c < 3; c++) {
      out[3 * i + c] = stops[at]![c]! + (x - at) * (stops[at + 1]![c]! - stops[at]![c]!);
    }
  }
  return out;
}

// From the page's ground to ink: small values recede on either theme.
const sequential: Record<Theme, ColorTable> = {
  light: table([
    [250, 250, 247],
    [205, 222, 238],
    [126, 170, 214],
    [52, 103, 176],
    [22, 43, 98],
  ]),
  dark: table([
    [20, 23, 29],
    [24, 48, 92],
    [35, 96, 160],
    [86, 168, 210],
    [226, 244, 240],
  ]),
};

const diverging: Record<Theme, ColorTable> = {
  light: table([
    [24, 66, 140],
    [96, 150, 208],
    [250, 250, 247],
    [224, 138, 92],
    [154, 44, 30],
  ]),
  dark: table([
    [128, 190, 255],
    [44, 92, 156],
    [24, 27, 33],
    [168, 76, 40],
    [255, 178, 130],
  ]),
};

/** For values of one sign: 0 has the colour of the page. */
export function sequentialTable(theme: Theme): ColorTable {
  return sequential[theme];
}

/** For values of both signs, 0 in the middle. */
export function divergingTable(theme: Theme): ColorTable {
  return diverging[theme];
}

/** The colour at a fraction in 0..1, as CSS. */
export function cssColor(colors: ColorTable, fraction: number): string {
  const i = 3 * Math.round(255 * Math.min(1, Math.max(0, fraction)));
  return `rgb(${colors[i]},${colors[i + 1]},${colors[i + 2]})`;
}

/**
 * A picture of rows x cols values as a data URL, row 0 on top.
 *
 * @param fraction - of each value, in 0..1 along the table; NaN is transparent.
 */
export function heatImage(
  values: ArrayLike<number>,
  rows: number,
  cols: number,
  colors: ColorTable,
  fraction: (value: number) => number,
): string {
  const canvas = document.createElement("canvas");
  canvas.width = cols;
  canvas.height = rows;
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(cols, rows);
  for (let i = 0; i < rows * cols; i++) {
    const f = fraction(values[i]!);
    if (Number.isNaN(f)) continue;
    const c = 3 * Math.round(255 * Math.min(1, Math.max(0, f)));
    image.data[4 * i] = colors[c]!;
    image.data[4 * i + 1] = colors[c + 1]!;
    image.data[4 * i + 2] = colors[c + 2]!;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}
