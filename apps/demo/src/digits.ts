export {
  CLASS_COUNT,
  type Digits,
  type DigitsSplit,
  loadDigits,
  PIXEL_COUNT,
  parseDigits,
  selectDigits,
  splitDigits,
} from "@xent/app-kit";
