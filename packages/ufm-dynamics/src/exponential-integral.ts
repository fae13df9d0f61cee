import { DomainError } from "@xent/linalg";

const EULER = 0.5772156649015329;
/** Beyond this the asymptotic series reaches below the unit roundoff: its smallest term is about e^-x sqrt(2 pi x). */
const ASYMPTOTIC = 45;

/**
 * e^-x E(x), E(x) = sum_(n>=1) x^n / (n n!) = Ei(x) - gamma - ln x, for x >= 0, without overflow. All terms are
 * positive: relative error below 1e-14.
 */
export function scaledEntireIntegral(x: number): number {
  if (x <= ASYMPTOTIC) {
    let power = 1;
    let sum = 0;
    for (let n = 1; n < 400; n++) {
      power *= x / n;
      const term = power / n;
      sum += term;
      if (term <= 2 ** -54 * sum && n > x) break;
    }
    return sum * Math.exp(-x);
  }
  let term = 1 / x;
  let sum = 0;
  for (let n = 1; term > 2 ** -54 * sum && n <= x; n++) {
    sum += term;
    term *= n / x;
  }
  return sum - Math.exp(-x) * (EULER + Math.log(x));
}

/**
 * The exponential integral Ei(x) = gamma + ln x + sum_(n>=1) x^n / (n n!), x > 0: power series, beyond 45 the asymptotic
 * series e^x / x sum n! / x^n. Error at most 2e-14 max(|Ei(x)|, 1); Infinity beyond about 716.
 *
 * @throws DomainError unless x > 0. @see NIST DLMF 6.6.2, 6.12.2.
 */
export function exponentialIntegral(x: number): number {
  if (!(x > 0)) throw new DomainError(`x = ${x}, expected a number > 0`);
  const logs = EULER + Math.log(x);
  // Halved exponents: e^x overflows before Ei(x) does.
  return logs + scaledEntireIntegral(x) * Math.exp(x / 2) * Math.exp(x / 2);
}
