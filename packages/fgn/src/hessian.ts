import { DomainError, type LinearOperator, norm2, SeededRandom } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { type CurvatureOptions, ggnOperator } from "./operators.js";

/**
 * The Hessian of the mean cross-entropy of a model whose logits are linear in its parameters (a linear
 * head): there it is the GGN, since the term with the second derivatives of the logits is zero.
 *
 * @throws DomainError when the linearization has no `second`, or when `second` is not zero along a
 *   pseudo-random direction: then the GGN is not the Hessian. DimensionError as {@link ggnOperator}.
 */
export function linearHeadHessian(
  linearization: Linearization,
  labels: ArrayLike<number>,
  options: CurvatureOptions = {},
): LinearOperator {
  if (linearization.second === undefined) {
    throw new DomainError("linearization has no `second`: cannot see that its logits are linear");
  }
  const probe = new SeededRandom(1).normals(linearization.parameterCount);
  const bend = norm2(linearization.second(probe).data);
  if (bend !== 0) {
    throw new DomainError(
      `the logits are not linear in the parameters (second derivative of norm ${bend}): their GGN is not the Hessian`,
    );
  }
  return ggnOperator(linearization, labels, options);
}
