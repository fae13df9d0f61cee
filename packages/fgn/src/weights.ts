import { DomainError, requireLength } from "@xent/linalg";

/** The share w_i of each example in the loss sum_i w_i loss_i: 1/B, or the given weights over their sum. */
export function exampleShares(
  weights: ArrayLike<number> | undefined,
  batchSize: number,
): Float64Array {
  const shares = new Float64Array(batchSize);
  if (weights === undefined) return shares.fill(1 / batchSize);
  requireLength("exampleWeights", weights, batchSize);
  let total = 0;
  for (let i = 0; i < batchSize; i++) {
    const w = weights[i]!;
    if (!(w >= 0 && w < Infinity)) {
      throw new DomainError(`exampleWeights[${i}] = ${w}, expected a finite number >= 0`);
    }
    total += w;
  }
  if (!(total > 0 && total < Infinity)) {
    throw new DomainError(`exampleWeights sum to ${total}, expected a finite number > 0`);
  }
  for (let i = 0; i < batchSize; i++) shares[i] = weights[i]! / total;
  return shares;
}
