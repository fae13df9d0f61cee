import { DimensionError, DomainError, dense, fromRows } from "@xent/linalg";
import type { Linearization, PreActivations } from "@xent/models";
import { gradientDirection } from "@xent/training";
import { describe, expect, test } from "vitest";
import {
  activationRadius,
  batchRadius,
  binaryRadii,
  binaryRadius,
  correctedGhost,
  curvatureStep,
  differenceSlopes,
  estimateRadius,
  forwardDivergence,
  fourthCumulantBound,
  lineLossGap,
  lineLossSeries,
  logPartitionSeries,
  minimumRadius,
  nearestGhost,
  partialSums,
  quantileRadius,
  type RadiusCapOptions,
  radiusCap,
  radiusHistogram,
  radiusStep,
  reluKinkDistances,
  secondOrderLine,
  taylorRemainderBound,
  thirdMomentBound,
  truncationErrors,
  varianceBound,
} from "../src/index.js";

const layer = (values: number[][], slopes: number[][]): PreActivations => ({
  layer: 2,
  values: fromRows(values),
  slopes: fromRows(slopes),
});
const two = fromRows([[0, 1]]);
const masked = fromRows([
  [0, 1],
  [-Infinity, 1],
]);
const pair = fromRows([
  [0, 1],
  [2, 1],
]);
const bare: Linearization = {
  logits: two,
  parameterCount: 2,
  jvp: () => two,
  vjp: () => new Float64Array(2),
};
const cap = (options: RadiusCapOptions) => () => radiusCap(options);
const limited = (mode: RadiusCapOptions["mode"]) => () =>
  radiusCap(mode === undefined ? {} : { mode }).limit(Float64Array.of(1), {
    logits: pair,
    jvp: () => pair,
  });
const series = logPartitionSeries([0, 1], [0, 1], 10);

const [dimension, domain] = [DimensionError, DomainError];
const refused: [() => unknown, typeof DimensionError | typeof DomainError, string][] = [
  [
    () => activationRadius([], "elu" as "relu"),
    domain,
    'activation = "elu", expected one of tanh, relu, silu, gelu, softplus',
  ],
  [
    () => activationRadius([layer([[1, 2]], [[1]])], "tanh"),
    dimension,
    "slopes of layer 2 is 1 x 1 with 1 entries, expected 1 x 2",
  ],
  [() => reluKinkDistances([layer([[1, NaN]], [[1, 2]])]), domain, "values of layer 2[1] = NaN"],
  [
    () => reluKinkDistances([layer([[1, 2]], [[Infinity, 2]])]),
    domain,
    "slopes of layer 2[0] = Infinity",
  ],
  [() => minimumRadius([]), domain, "the batch has 0 samples, expected at least 1"],
  [() => quantileRadius([], 0.5), domain, "the batch has 0 samples, expected at least 1"],
  [() => minimumRadius([1, NaN]), domain, "radii[1] = NaN, expected a radius"],
  [() => quantileRadius([NaN, 1], 0), domain, "radii[0] = NaN, expected a radius"],
  [() => quantileRadius([1, -2], 0), domain, "radii[1] = -2, expected a radius"],
  [() => quantileRadius([1], -0.1), domain, "quantile = -0.1, expected a number in [0, 1]"],
  [() => quantileRadius([1], 1.1), domain, "quantile = 1.1, expected a number in [0, 1]"],
  [() => quantileRadius([1], NaN), domain, "quantile = NaN, expected a number in [0, 1]"],
  [
    () => batchRadius(dense(0, 2), dense(0, 2)),
    dimension,
    "logits has no rows, expected at least 1",
  ],
  [
    () => batchRadius({ rows: 1, cols: 2, data: new Float64Array(3) }, two),
    dimension,
    "logits is 1 x 2 with 3 entries, expected 1 x 2",
  ],
  [() => batchRadius(two, pair), dimension, "slopes is 2 x 2 with 4 entries, expected 1 x 2"],
  [() => batchRadius(two, two, { aggregate: 7 }), domain, "quantile = 7"],
  [() => batchRadius(two, two, { aggregate: NaN, mode: "spread" }), domain, "quantile = NaN"],
  [
    () => batchRadius(two, two, { mode: "best" as "exact" }),
    domain,
    'mode = "best", expected spread, dominance, proven or exact',
  ],
  [() => batchRadius(fromRows([[0, NaN]]), two), domain, "logits.data[1] = NaN"],
  [() => batchRadius(two, fromRows([[0, NaN]])), domain, "slopes.data[1] = NaN"],
  [() => radiusHistogram([1, 0], 3), domain, "radii[1] = 0, expected a radius > 0"],
  [() => radiusHistogram([NaN], 3), domain, "radii[0] = NaN, expected a radius > 0"],
  [() => radiusHistogram([1], 0), domain, "bins = 0, expected an integer >= 1"],
  [
    () => binaryRadius([1, 2], [1]),
    dimension,
    "logits and slopes have lengths 2 and 1, expected 2 and 2",
  ],
  [
    () => binaryRadius([1], [1, 2]),
    dimension,
    "logits and slopes have lengths 1 and 2, expected 2 and 2",
  ],
  [
    () => binaryRadius([1, 2, 3], [1, 2]),
    dimension,
    "logits and slopes have lengths 3 and 2, expected 2 and 2",
  ],
  [() => binaryRadius([1, NaN], [1, 2]), domain, "logits[1] = NaN"],
  [() => binaryRadius([1, 2], [NaN, 2]), domain, "slopes[0] = NaN"],
  [
    () => binaryRadius([-Infinity, -Infinity], [1, 2]),
    domain,
    "logits are all -Infinity, expected a class that is not masked",
  ],
  [() => binaryRadii(dense(2, 3), dense(2, 2)), dimension, "logits is 2 x 3"],
  [() => binaryRadii(dense(2, 2), dense(2, 3)), dimension, "slopes is 2 x 3"],
  [() => binaryRadii(fromRows([[NaN, 1]]), two), domain, "logits.data[0] = NaN"],
  [() => binaryRadii(two, fromRows([[1, Infinity]])), domain, "slopes.data[1] = Infinity"],
  [() => binaryRadii(two, two, new Float64Array(2)), dimension, "out has length 2, expected 1"],
  [() => curvatureStep(two, pair, [0]), dimension, "slopes is 2 x 2"],
  [
    () => curvatureStep(dense(0, 2), dense(0, 2), []),
    dimension,
    "logits has 0 rows, expected at least 1",
  ],
  [() => curvatureStep(two, fromRows([[1, NaN]]), [0]), domain, "slopes.data[1] = NaN"],
  [() => curvatureStep(two, two, [2]), domain, "labels[0] = 2"],
  [() => curvatureStep(masked, pair, [0, 0]), domain, "labels[1] = 0 is a masked class"],
  [
    () =>
      curvatureStep(
        fromRows([
          [0, 1],
          [1, -Infinity],
        ]),
        pair,
        [0, 1],
      ),
    domain,
    "labels[1] = 1 is a masked class",
  ],
  [cap({ target: 0 }), domain, "target = 0"],
  [cap({ quantile: -1 }), domain, "quantile = -1"],
  [
    cap({ aggregate: "mean" as "minimum" }),
    domain,
    'aggregate = "mean", expected "minimum" or "quantile"',
  ],
  [
    cap({ mode: "spred" as "spread" }),
    domain,
    'mode = "spred", expected one of spread, dominance, proven, exact, or a function',
  ],
  [() => radiusCap().limit(Float64Array.of(1, NaN), bare), domain, "step[1] = NaN"],
  [limited(() => new Float64Array(3)), dimension, "mode(...) has length 3, expected 2"],
  [limited(() => Float64Array.of(1, 0)), domain, "mode(...)[1] = 0, expected a radius > 0"],
  [limited(() => Float64Array.of(NaN, 1)), domain, "mode(...)[0] = NaN, expected a radius > 0"],
  [
    () =>
      radiusCap({ mode: "exact" }).limit(Float64Array.of(1), {
        logits: dense(0, 2),
        jvp: () => dense(0, 2),
      }),
    domain,
    "the batch has 0 samples, expected at least 1",
  ],
  [() => radiusStep(gradientDirection(), { maximumLength: -1 }), domain, "maximumLength = -1"],
  [() => radiusStep(gradientDirection(), { target: 0 }), domain, "target = 0"],
  [
    () =>
      radiusStep({ name: "short", propose: () => new Float64Array(3) }).propose({
        parameters: new Float64Array(2),
        linearization: bare,
        labels: [0],
        loss: 0,
        gradient: new Float64Array(2),
      } as unknown as Parameters<ReturnType<typeof radiusStep>["propose"]>[0]),
    dimension,
    "proposed direction has length 3, expected 2",
  ],
  [() => differenceSlopes(() => two, Float64Array.of(1, NaN)), domain, "parameters[1] = NaN"],
  [() => differenceSlopes(() => two, Float64Array.of(1), { length: -1 }), domain, "length = -1"],
  [
    () => differenceSlopes(() => two, Float64Array.of(1)).jvp(new Float64Array(2)),
    dimension,
    "v has length 2",
  ],
  [
    () => differenceSlopes(() => two, Float64Array.of(1)).jvp(Float64Array.of(NaN)),
    domain,
    "v[0] = NaN",
  ],
  [
    () =>
      differenceSlopes((p) => (p[0]! > 1 ? two : pair), Float64Array.of(1)).jvp(Float64Array.of(1)),
    dimension,
    "forward gave 1 x 2 and 2 x 2 logits",
  ],
  [
    () =>
      differenceSlopes((p) => dense(1, p[0]! > 1 ? 2 : 3), Float64Array.of(1)).jvp(
        Float64Array.of(1),
      ),
    dimension,
    "forward gave 1 x 2 and 1 x 3 logits",
  ],
  [() => secondOrderLine(bare, new Float64Array(1)), dimension, "v has length 1, expected 2"],
  [() => secondOrderLine(bare, Float64Array.of(0, NaN)), domain, "v[1] = NaN"],
  [
    () => secondOrderLine(bare, Float64Array.of(0, 1)),
    domain,
    "the linearization has no second(v): give forward for a difference",
  ],
  [
    () =>
      secondOrderLine(bare, Float64Array.of(0, 1), {
        parameters: new Float64Array(2),
        logits: () => pair,
      }),
    dimension,
    "logits is 2 x 2",
  ],
  [
    () => lineLossGap({ logits: two, slopes: two, seconds: two }, () => two, [0], [1, NaN]),
    domain,
    "steps[1] = NaN",
  ],
  [
    () => lineLossGap({ logits: two, slopes: two, seconds: two }, () => pair, [0], [1]),
    dimension,
    "logitsAt(t) is 2 x 2",
  ],
  [() => correctedGhost([0, 1], [0, 1], [0], { re: 1, im: 1 }), dimension, "seconds has length 1"],
  [() => correctedGhost([0, 1], [0, 1], [0, NaN], { re: 1, im: 1 }), domain, "seconds[1] = NaN"],
  [() => correctedGhost([0, 1], [0, 1], [0, 0], { re: NaN, im: 1 }), domain, "from[0] = NaN"],
  [() => correctedGhost([0, 1], [0, 1], [0, 0], { re: 1, im: NaN }), domain, "from[1] = NaN"],
  [() => correctedGhost([0, 1], [0, 1], [0, 0], { re: 1, im: 1 }, 0), domain, "maxIterations = 0"],
  [() => correctedGhost([], [], [], { re: 1, im: 1 }), dimension, "logits has no classes"],
  [() => varianceBound(-1), domain, "spread = -1"],
  [() => thirdMomentBound(NaN), domain, "spread = NaN"],
  [() => fourthCumulantBound(Infinity), domain, "spread = Infinity"],
  [() => taylorRemainderBound(1, -1, 1), domain, "spread = -1"],
  [() => taylorRemainderBound(1, 1, NaN), domain, "tau[0] = NaN"],
  [() => taylorRemainderBound(4 as 3, 1, 1), domain, "order = 4, expected 1, 2 or 3"],
  [() => forwardDivergence([0, 1], [0, 1], NaN), domain, "tau[0] = NaN"],
  [() => forwardDivergence([0, 1], [0, 1e300], 1e300), domain, "logits + tau slopes[1] = Infinity"],
  [() => forwardDivergence([-Infinity], [0], 1), domain, "logits are all -Infinity"],
  [
    () => logPartitionSeries([0, 1], [0, 1], -1),
    domain,
    "order = -1, expected an integer in 0..500",
  ],
  [() => logPartitionSeries([0, 1], [0, 1], 5, { unit: -2 }), domain, "unit = -2"],
  [
    () => logPartitionSeries([0, 1], [0, 1e300], 5, { unit: 1e300 }),
    domain,
    "unit = 1e+300 times the spread of the slopes overflows",
  ],
  [
    () => logPartitionSeries([0, 1], [0, 1], 500, { unit: 1e9 }),
    domain,
    "overflows with unit = 1000000000; choose a unit nearer to the radius",
  ],
  [() => lineLossSeries([0, 1], [0, 1], -1, 5), domain, "label = -1"],
  [() => lineLossSeries([0, 1], [0, 1], 2, 5), domain, "label = 2"],
  [() => lineLossSeries([0, -Infinity], [0, 1], 1, 5), domain, "label = 1 is a masked class"],
  [() => partialSums(series, NaN), domain, "t[0] = NaN"],
  [() => partialSums(series, 0, Infinity), domain, "t[1] = Infinity"],
  [() => truncationErrors(series, { re: 1, im: 0 }, { re: 0, im: NaN }), domain, "exact[1] = NaN"],
  [() => truncationErrors(series, { re: 1, im: 0 }, { re: NaN, im: 0 }), domain, "exact[0] = NaN"],
  [
    () => estimateRadius(logPartitionSeries([0, 1], [0, 1], 7)),
    domain,
    "the series has order 7, expected at least 8",
  ],
  [() => estimateRadius(series, { orders: 3 }), domain, "orders = 3, expected an integer >= 4"],
  [
    () => estimateRadius(series, { method: "roots" as "root" }),
    domain,
    'method = "roots", expected root, corrected-root, ratio or recurrence',
  ],
  [() => nearestGhost([0, 1], [0, 1], { maxEvaluations: 0 }), domain, "options.maxEvaluations = 0"],
  [() => nearestGhost([0, 1], [0, 1], { tolerance: -1 }), domain, "options.tolerance = -1"],
];

describe("bad input is refused by an error that names the argument, the value and what was expected", () => {
  test.each(refused.map(([call, kind, message]) => [message, call, kind] as const))(
    "%s",
    (message, call, kind) => {
      expect(call).toThrow(kind);
      expect(call).toThrow(message);
    },
  );
});
