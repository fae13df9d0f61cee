import {
  type Dense,
  DimensionError,
  DomainError,
  dense,
  multiply,
  multiplyTransposeA,
  multiplyTransposeB,
  norm2,
  requireFinite,
  requireLabels,
  requireLength,
  svd,
  transpose,
} from "@xent/linalg";

/** How far the rows of a matrix are from a simplex equiangular tight frame. */
export interface FrameMetrics {
  /** Standard deviation of the norms over their mean; undefined when all rows are zero. */
  readonly equinorm: number | undefined;
  /** Standard deviation of the cosines of different rows; undefined when a row is zero. */
  readonly equiangularity: number | undefined;
  /** Mean over different rows of |cos + 1/(k-1)|; undefined when a row is zero. */
  readonly maximalAngle: number | undefined;
  /** Root mean square over different rows of cos + 1/(k-1); undefined when a row is zero. */
  readonly angleError: number | undefined;
  /** {@link etfDistance} of the Gram matrix of the rows; undefined when all rows are zero. */
  readonly etfDistance: number | undefined;
}

/** The neural collapse metrics of features and a classifier; all are 0 at full collapse. */
export interface NeuralCollapseMetrics {
  /** Tr(Sigma_W Sigma_B^+) / k; undefined when all class means coincide. */
  readonly nc1: number | undefined;
  /** The class means, less the mean of the class means. */
  readonly nc2Means: FrameMetrics;
  /** The rows of the classifier. */
  readonly nc2Classifier: FrameMetrics;
  /** ||W^T / ||W||_F - M / ||M||_F||_F^2, M the centred class means; undefined when W or M is zero. */
  readonly nc3: number | undefined;
  /** Share of the samples that the classifier and the nearest class mean label differently. */
  readonly nc4: number;
}

/**
 * The four metrics of Papyan, Han, Donoho, *Prevalence of neural collapse during the terminal phase of deep
 * learning training*, PNAS 117 (2020) 24652, figures 2 to 7: within-class variability (NC1), norms and angles
 * of class means and classifier (NC2), self-duality (NC3), agreement with the nearest class centre (NC4).
 * Beside them the distance to the simplex frame. Sigma_W averages over samples, Sigma_B over classes, and the global
 * mean is the mean of the class means, so that class imbalance does not move it.
 *
 * @param features - d x N, column j the features of sample j (W1 of {@link DenseState} for two layers).
 * @param labels - class of each sample, length N; every class needs a sample.
 * @param classifier - k x d. @param bias - length k, used by NC4 alone. Default none.
 * @throws DimensionError, DomainError. O(N d k + d k^2).
 */
export function neuralCollapse(
  features: Dense,
  labels: ArrayLike<number>,
  classifier: Dense,
  bias?: ArrayLike<number>,
): NeuralCollapseMetrics {
  const { rows: d, cols: sampleCount } = features;
  const k = classifier.rows;
  if (k < 2) throw new DimensionError(`classifier has ${k} rows, expected at least two classes`);
  if (classifier.cols !== d) {
    throw new DimensionError(
      `classifier has ${classifier.cols} columns, expected the ${d} rows of features`,
    );
  }
  requireFinite("features.data", features.data);
  requireFinite("classifier.data", classifier.data);
  requireLabels("labels", labels, sampleCount, k);
  if (bias !== undefined) {
    requireLength("bias", bias, k);
    requireFinite("bias", bias);
  }
  const means = classMeans(features, labels, k);
  const centred = centreRows(means);
  return {
    nc1: withinOverBetween(features, labels, means, centred),
    nc2Means: frameMetrics(centred),
    nc2Classifier: frameMetrics(classifier),
    nc3: selfDuality(classifier, centred),
    nc4: disagreement(features, classifier, means, bias),
  };
}

/** k x d. */
function classMeans(features: Dense, labels: ArrayLike<number>, k: number): Dense {
  const { rows: d, cols: sampleCount } = features;
  const means = dense(k, d);
  const counts = new Float64Array(k);
  for (let j = 0; j < sampleCount; j++) counts[labels[j]!]!++;
  const empty = counts.indexOf(0);
  if (empty >= 0) throw new DomainError(`labels has no sample of class ${empty}`);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < sampleCount; j++) {
      const y = labels[j]!;
      means.data[y * d + i]! += features.data[i * sampleCount + j]! / counts[y]!;
    }
  }
  return means;
}

/** The rows less their mean. */
function centreRows(m: Dense): Dense {
  const out = dense(m.rows, m.cols);
  for (let i = 0; i < m.cols; i++) {
    let mean = 0;
    for (let c = 0; c < m.rows; c++) mean += m.data[c * m.cols + i]! / m.rows;
    for (let c = 0; c < m.rows; c++) {
      out.data[c * m.cols + i] = m.data[c * m.cols + i]! - mean;
    }
  }
  return out;
}

/**
 * With centred = U S V^T (k x d), Sigma_B = V S^2 V^T / k, so that Tr(Sigma_W Sigma_B^+) / k is the mean
 * over the samples of |S^-1 V^T (h - mean)|^2. Centring leaves at most k - 1 directions.
 */
function withinOverBetween(
  features: Dense,
  labels: ArrayLike<number>,
  means: Dense,
  centred: Dense,
): number | undefined {
  const { rows: d, cols: sampleCount } = features;
  // Means that agree to rounding are centred to rounding, not to zero.
  if (norm2(centred.data) <= 4 * means.rows * 2 ** -53 * norm2(means.data)) return undefined;
  const { values, v, rank } = svd(centred);
  const directions = Math.min(rank, means.rows - 1);
  const deviations = dense(d, sampleCount);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < sampleCount; j++) {
      deviations.data[i * sampleCount + j] =
        features.data[i * sampleCount + j]! - means.data[labels[j]! * d + i]!;
    }
  }
  const projected = multiplyTransposeA(v, deviations);
  let sum = 0;
  for (let r = 0; r < directions; r++) {
    for (let j = 0; j < sampleCount; j++) {
      sum += (projected.data[r * sampleCount + j]! / values[r]!) ** 2;
    }
  }
  return sum / sampleCount;
}

function frameMetrics(m: Dense): FrameMetrics {
  const k = m.rows;
  const norms = Array.from({ length: k }, (_, c) =>
    norm2(m.data.subarray(c * m.cols, (c + 1) * m.cols)),
  );
  const largest = Math.max(...norms);
  if (largest === 0) {
    return {
      equinorm: undefined,
      equiangularity: undefined,
      maximalAngle: undefined,
      angleError: undefined,
      etfDistance: undefined,
    };
  }
  // Scaled first: squares of tiny or huge entries would leave the range.
  const scaled = dense(
    k,
    m.cols,
    m.data.map((x) => x / largest),
  );
  const gram = multiplyTransposeB(scaled, scaled);
  const equinorm = spread(norms.map((x) => x / largest));
  const distance = etfDistance(gram);
  if (norms.includes(0)) {
    return {
      equinorm,
      equiangularity: undefined,
      maximalAngle: undefined,
      angleError: undefined,
      etfDistance: distance,
    };
  }
  const cosines: number[] = [];
  for (let a = 0; a < k; a++) {
    for (let b = 0; b < k; b++) {
      if (a !== b) {
        cosines.push(gram.data[a * k + b]! / (norms[a]! / largest) / (norms[b]! / largest));
      }
    }
  }
  const mean = average(cosines);
  const excess = cosines.map((c) => c + 1 / (k - 1));
  return {
    equinorm,
    equiangularity: Math.sqrt(average(cosines.map((c) => (c - mean) ** 2))),
    maximalAngle: average(excess.map(Math.abs)),
    angleError: Math.sqrt(average(excess.map((e) => e * e))),
    etfDistance: distance,
  };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** Standard deviation over mean. */
function spread(values: readonly number[]): number {
  const mean = average(values);
  return Math.sqrt(average(values.map((x) => (x - mean) ** 2))) / mean;
}

/**
 * ||A / ||A||_F - E / ||E||_F||_F, E = I - 11^T / k the Gram matrix of the simplex equiangular tight frame:
 * 0 iff A is a positive multiple of it, 2 iff a negative one. For A = W W^T it is the NC2 metric of Zhu et al.,
 * *A geometric analysis of neural collapse with unconstrained features*, NeurIPS 2021; for A = W2 W1, its NC3 metric.
 *
 * @param a - k x k, k >= 2, finite, not zero. @throws DimensionError, DomainError. O(k^2).
 */
export function etfDistance(a: Dense): number {
  const k = a.rows;
  if (k < 2 || a.cols !== k) {
    throw new DimensionError(`a is ${a.rows} x ${a.cols}, expected a square matrix, 2 x 2 or more`);
  }
  requireFinite("a.data", a.data);
  const size = norm2(a.data);
  if (size === 0) throw new DomainError("a is zero, expected a matrix with a direction");
  const root = Math.sqrt(k - 1);
  let sum = 0;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const frame = ((i === j ? 1 : 0) - 1 / k) / root;
      sum += (a.data[i * k + j]! / size - frame) ** 2;
    }
  }
  return Math.sqrt(sum);
}

function selfDuality(classifier: Dense, centred: Dense): number | undefined {
  const a = norm2(classifier.data);
  const b = norm2(centred.data);
  if (a === 0 || b === 0) return undefined;
  let sum = 0;
  for (let i = 0; i < classifier.data.length; i++) {
    sum += (classifier.data[i]! / a - centred.data[i]! / b) ** 2;
  }
  return sum;
}

function disagreement(
  features: Dense,
  classifier: Dense,
  means: Dense,
  bias: ArrayLike<number> | undefined,
): number {
  const samples = features.cols;
  const k = classifier.rows;
  const logits = multiply(classifier, features);
  const rows = transpose(features);
  const d = features.rows;
  const distances = new Float64Array(k);
  const scores = new Float64Array(k);
  let different = 0;
  for (let j = 0; j < samples; j++) {
    for (let c = 0; c < k; c++) {
      scores[c] = logits.data[c * samples + j]! + (bias === undefined ? 0 : bias[c]!);
      let sum = 0;
      for (let i = 0; i < d; i++) sum += (rows.data[j * d + i]! - means.data[c * d + i]!) ** 2;
      distances[c] = -sum;
    }
    if (argmax(scores) !== argmax(distances)) different++;
  }
  return different / samples;
}

function argmax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
