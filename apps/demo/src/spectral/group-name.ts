const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function digitsIn(alphabet: string, n: number): string {
  return Array.from(String(n), (digit) => alphabet[Number(digit)]!).join("");
}

/** The group in letters: Z₅ × Z₂, and Z₂³ for equal factors. */
export function groupName(orders: readonly number[]): string {
  const first = orders[0];
  if (first !== undefined && orders.length > 1 && orders.every((n) => n === first)) {
    return `Z${digitsIn(SUBSCRIPTS, first)}${digitsIn(SUPERSCRIPTS, orders.length)}`;
  }
  return orders.map((n) => `Z${digitsIn(SUBSCRIPTS, n)}`).join(" × ");
}
