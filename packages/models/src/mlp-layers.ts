import type { ActivationName } from "./activation.js";
import { constantStart, glorotNormal, heNormal } from "./initialisers.js";
import type { BlockStart, ParameterBlock, ParameterLayout } from "./parameter-layout.js";
import { parameterLayout } from "./parameter-layout.js";

/** Structure of an MLP after its options were checked. */
export interface MlpStructure {
  readonly widths: readonly number[];
  readonly activation: ActivationName;
  /** Of the layer norm; undefined when there is none. */
  readonly epsilon: number | undefined;
  readonly layout: ParameterLayout;
  /** The affine layers in order; the last one gives the logits. */
  readonly layers: readonly MlpLayer[];
}

/** Where the parameters of one layer stand. Gain and shift belong to the layer norm that follows. */
export interface MlpLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** outputs x inputs. */
  readonly weights: ParameterBlock;
  /** 1 x outputs. */
  readonly bias: ParameterBlock;
  /** 1 x outputs. */
  readonly gain: ParameterBlock | undefined;
  /** 1 x outputs. */
  readonly shift: ParameterBlock | undefined;
}

/** Lays out the layers of an MLP: "layer1.weights", "layer1.bias", ("layer1.gain", "layer1.shift"), "layer2.weights", ... */
export function mlpStructure(
  widths: readonly number[],
  activation: ActivationName,
  epsilon: number | undefined,
): MlpStructure {
  const depth = widths.length - 1;
  const blocks: Omit<ParameterBlock, "offset">[] = [];
  for (let l = 1; l <= depth; l++) {
    const inputs = widths[l - 1]!;
    const outputs = widths[l]!;
    const row = (name: string, value: number): Omit<ParameterBlock, "offset"> => ({
      name: `layer${l}.${name}`,
      rows: 1,
      cols: outputs,
      start: constantStart(value),
    });
    blocks.push({
      name: `layer${l}.weights`,
      rows: outputs,
      cols: inputs,
      start: weightStart(l === depth ? undefined : activation, inputs, outputs),
    });
    blocks.push(row("bias", 0));
    if (epsilon !== undefined && l < depth) blocks.push(row("gain", 1), row("shift", 0));
  }
  const layout = parameterLayout(blocks);
  const block = (name: string): ParameterBlock | undefined =>
    layout.blocks.find((b) => b.name === name);
  const layers = Array.from({ length: depth }, (_, i) => ({
    inputs: widths[i]!,
    outputs: widths[i + 1]!,
    weights: block(`layer${i + 1}.weights`)!,
    bias: block(`layer${i + 1}.bias`)!,
    gain: block(`layer${i + 1}.gain`),
    shift: block(`layer${i + 1}.shift`),
  }));
  return { widths, activation, epsilon, layout, layers };
}

/** He where the activation loses about half of the second moment, Glorot for tanh, softplus and the logits. */
function weightStart(
  activation: ActivationName | undefined,
  inputs: number,
  outputs: number,
): BlockStart {
  const halves = activation === "relu" || activation === "silu" || activation === "gelu";
  return halves ? heNormal(inputs) : glorotNormal(inputs, outputs);
}
