import type { RadiusMode } from "@xent/taylor-radius";
import { choiceField, integerField, numberField, type Schema } from "../../url/fields.js";

export const MODELS = ["head", "mlp"] as const;
export const DIRECTIONS = ["gradient", "momentum", "adam", "fgn", "ggn"] as const;
export type ModelName = (typeof MODELS)[number];
export type DirectionName = (typeof DIRECTIONS)[number];
export type CapName = "none" | "clip" | RadiusMode;
export const CAPS: readonly CapName[] = ["none", "clip", "spread", "dominance", "proven", "exact"];

/** What limits a step. */
export interface Cap {
  readonly name: CapName;
  /** Radii for a radius cap, length for the clip. */
  readonly target: number;
}

export interface TrainingState {
  readonly model: ModelName;
  readonly direction: DirectionName;
  readonly rate: number;
  readonly batch: number;
  readonly seed: number;
  readonly spike: number;
  /** First step of the spike, from 0. */
  readonly spikeAt: number;
  readonly spikeLength: number;
  readonly cap: CapName;
  readonly target: number;
  /** The cap of the steps before `switchAt`, when the run was rewound and went on under another. */
  readonly before: CapName;
  readonly beforeTarget: number;
  readonly switchAt: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Steps taken so far: a link trains up to there. */
  readonly at: number;
}

const LARGEST_STEPS = 2000;

export const trainingSchema: Schema<TrainingState> = {
  model: choiceField("mlp", MODELS),
  direction: choiceField("adam", DIRECTIONS),
  rate: numberField(0.01, 1e-6, 100),
  batch: integerField(128, 1, 1437),
  seed: integerField(1, 0, 9999),
  spike: numberField(1000, 1, 1e6),
  spikeAt: integerField(50, 0, LARGEST_STEPS),
  spikeLength: integerField(1, 0, LARGEST_STEPS),
  cap: choiceField("none", CAPS),
  target: numberField(1, 1e-3, 1e3),
  before: choiceField("none", CAPS),
  beforeTarget: numberField(1, 1e-3, 1e3),
  switchAt: integerField(0, 0, LARGEST_STEPS),
  steps: integerField(200, 1, LARGEST_STEPS),
  at: integerField(0, 0, LARGEST_STEPS),
};

/** The cap of a step. */
export function capAt(state: TrainingState, step: number): Cap {
  return step < state.switchAt
    ? { name: state.before, target: state.beforeTarget }
    : { name: state.cap, target: state.target };
}

/** What a run depends on: everything but how far it has gone. */
export function runKey(state: TrainingState): string {
  return JSON.stringify({ ...state, at: 0, steps: 0 });
}

/** A learning rate at which each optimiser trains the models without a spike. */
export const USUAL_RATE: Readonly<Record<DirectionName, number>> = {
  gradient: 0.5,
  momentum: 0.05,
  adam: 0.01,
  fgn: 1,
  ggn: 1,
};
