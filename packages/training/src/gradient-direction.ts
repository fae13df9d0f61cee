import type { Direction } from "@xent/models";

/** Steepest descent: proposes `-gradient`. Without state. */
export function gradientDirection(): Direction {
  return { name: "gradient", propose: (point) => point.gradient.map((g) => -g) };
}
