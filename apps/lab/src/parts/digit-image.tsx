import { heatImage, sequentialTable } from "../figures/color-ramp.js";
import { theme } from "../theme.js";

interface DigitImageProps {
  /** 64 intensities in 0..1. */
  readonly pixels: ArrayLike<number>;
  readonly label: number;
  readonly size?: number;
}

export function DigitImage({ pixels, label, size = 72 }: DigitImageProps) {
  const source = heatImage(pixels, 8, 8, sequentialTable(theme.value), (v) => v);
  return (
    <img
      class="digit"
      src={source}
      width={size}
      height={size}
      alt={`Handwritten digit, labelled ${label}`}
    />
  );
}
