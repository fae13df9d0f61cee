/** Non-zero entries of a row of coefficients, as [stage, value] pairs. */
export type SparseRow = readonly (readonly [stage: number, value: number])[];

/** An explicit Runge-Kutta pair whose last stage is the derivative at the new point (FSAL). */
export interface Tableau {
  readonly name: ExplicitMethod;
  /** Stages before the new point: stage `stages` is the derivative there. */
  readonly stages: number;
  /** All stages, those included that only the continuous extension needs. */
  readonly denseStages: number;
  /** Row `stages` holds the weights of the step itself. */
  readonly a: readonly SparseRow[];
  readonly c: readonly number[];
  /** One error estimate, or two that are combined as in DOP853. */
  readonly errors: readonly SparseRow[];
  /** For each stage, the coefficients of x, x^2, ... of its weight at y(t + x h). */
  readonly interpolation: readonly Float64Array[];
  /** The step size follows error^-errorExponent. */
  readonly errorExponent: number;
  readonly smallestFactor: number;
  readonly largestFactor: number;
  /** Extent of the stability region on the negative real axis, as the stiffness test uses it. */
  readonly stabilityLimit: number;
}

/** `dop853` for tight tolerances; `dopri5` holds half as many vectors. */
export type ExplicitMethod = "dopri5" | "dop853";

/** Dormand-Prince 5(4): order 5, six stages, dense output of order 4 for free. */
export const DOPRI5: Tableau = {
  name: "dopri5",
  stages: 6,
  denseStages: 7,
  a: [
    [],
    [[0, 1 / 5]],
    [
      [0, 3 / 40],
      [1, 9 / 40],
    ],
    [
      [0, 44 / 45],
      [1, -56 / 15],
      [2, 32 / 9],
    ],
    [
      [0, 19372 / 6561],
      [1, -25360 / 2187],
      [2, 64448 / 6561],
      [3, -212 / 729],
    ],
    [
      [0, 9017 / 3168],
      [1, -355 / 33],
      [2, 46732 / 5247],
      [3, 49 / 176],
      [4, -5103 / 18656],
    ],
    [
      [0, 35 / 384],
      [2, 500 / 1113],
      [3, 125 / 192],
      [4, -2187 / 6784],
      [5, 11 / 84],
    ],
  ],
  c: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1],
  errors: [
    [
      [0, 71 / 57600],
      [2, -71 / 16695],
      [3, 71 / 1920],
      [4, -17253 / 339200],
      [5, 22 / 525],
      [6, -1 / 40],
    ],
  ],
  interpolation: [
    [1, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432],
    [0, 0, 0, 0],
    [0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799],
    [0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072],
    [0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632],
    [0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844],
    [0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423],
  ].map((row) => Float64Array.from(row)),
  errorExponent: 1 / 5,
  smallestFactor: 1 / 5,
  largestFactor: 10,
  stabilityLimit: 3.25,
};
