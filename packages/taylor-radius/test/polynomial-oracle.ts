import { Decimal } from "decimal.js";
import { exactly } from "./exact-decimal.js";

/** 60-digit arithmetic. */
export const D: typeof Decimal = Decimal.clone({ precision: 60, maxE: 9e15, minE: -9e15 });

/** A complex number. */
export interface C {
  readonly re: Decimal;
  readonly im: Decimal;
}

const times = (a: C, b: C): C => ({
  re: a.re.times(b.re).minus(a.im.times(b.im)),
  im: a.re.times(b.im).plus(a.im.times(b.re)),
});
const minus = (a: C, b: C): C => ({ re: a.re.minus(b.re), im: a.im.minus(b.im) });
const over = (a: C, b: C): C => {
  const s = b.re.pow(2).plus(b.im.pow(2));
  const p = times(a, { re: b.re, im: b.im.neg() });
  return { re: p.re.div(s), im: p.im.div(s) };
};

/**
 * The principal log w of all roots w of sum_k exp(z_k) w^k: with slopes 0, 1, ..., n the ghosts whose
 * imaginary part lies in (-pi, pi]; the others are translates by 2 pi i. Durand-Kerner in 60 digits finds
 * all n roots at once, and their product is checked, so that none can be missed.
 */
export function ghostPoints(logits: readonly number[]): C[] {
  const n = logits.length - 1;
  const c = logits.map((z) => exactly(z, D).exp());
  const lead = c[n]!;
  const monic = c.map((v) => v.div(lead));
  const valueAt = (w: C): C => {
    let v: C = { re: new D(1), im: new D(0) };
    for (let k = n - 1; k >= 0; k--) {
      const p = times(v, w);
      v = { re: p.re.plus(monic[k]!), im: p.im };
    }
    return v;
  };
  const size = monic[0]!.pow(new D(1).div(n));
  let roots: C[] = Array.from({ length: n }, (_, i) => {
    const angle = 0.4 + (2 * Math.PI * i) / n;
    return { re: size.times(Math.cos(angle)), im: size.times(Math.sin(angle)) };
  });
  for (let iteration = 0; iteration < 400; iteration++) {
    let moved = new D(0);
    const next = roots.slice();
    for (let i = 0; i < n; i++) {
      let denominator: C = { re: new D(1), im: new D(0) };
      for (let j = 0; j < n; j++) {
        if (j !== i) denominator = times(denominator, minus(next[i]!, next[j]!));
      }
      const step = over(valueAt(next[i]!), denominator);
      next[i] = minus(next[i]!, step);
      const relative = step.re
        .abs()
        .plus(step.im.abs())
        .div(next[i]!.re.abs().plus(next[i]!.im.abs()));
      moved = D.max(moved, relative);
    }
    roots = next;
    if (moved.lt("1e-45")) break;
    if (iteration === 399) throw new Error("the oracle's root finder did not converge");
  }
  // Vieta: the product of the roots is (-1)^n c_0 / c_n.
  let product: C = { re: new D(1), im: new D(0) };
  for (const w of roots) product = times(product, w);
  const defect = product.re
    .abs()
    .div(monic[0]!)
    .minus(1)
    .abs()
    .plus(product.im.abs().div(monic[0]!));
  if (defect.gt("1e-30")) throw new Error("the oracle lost a root");
  return roots.map((w) => ({
    re: w.re.pow(2).plus(w.im.pow(2)).ln().div(2),
    im: D.atan2(w.im, w.re),
  }));
}

/** Their distances from 0, ascending: the first is that of the nearest ghost. */
export function ghostDistances(logits: readonly number[]): Decimal[] {
  return ghostPoints(logits)
    .map(({ re, im }) => re.pow(2).plus(im.pow(2)).sqrt())
    .sort((a, b) => a.cmp(b));
}
