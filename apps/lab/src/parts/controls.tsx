import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface SliderProps {
  readonly label: ComponentChildren;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number | "any";
  readonly onInput: (value: number) => void;
  /** The value as it is read out and shown. */
  readonly text?: string;
  readonly name: string;
}

export function Slider({ label, value, min, max, step, onInput, text, name }: SliderProps) {
  const id = useId();
  return (
    <div class="control">
      <label for={id}>
        {label} <output>{text ?? String(value)}</output>
      </label>
      <input
        id={id}
        name={name}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={text}
        onInput={(event) => onInput(Number(event.currentTarget.value))}
      />
    </div>
  );
}

interface NumberProps {
  readonly label: ComponentChildren;
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number | "any";
  readonly onChange: (value: number) => void;
  readonly name: string;
  readonly hideLabel?: boolean;
}

/** Reports finite numbers within its limits only; anything else is marked and left alone. */
export function NumberInput(props: NumberProps) {
  const { label, value, min, max, step = "any", onChange, name, hideLabel = false } = props;
  const id = useId();
  return (
    <div class={hideLabel ? "control bare" : "control"}>
      <label for={id} class={hideLabel ? "visually-hidden" : undefined}>
        {label}
      </label>
      <input
        id={id}
        name={name}
        type="number"
        min={min}
        max={max}
        step={step}
        value={value}
        onChange={(event) => {
          const input = event.currentTarget;
          if (input.value !== "" && input.checkValidity()) onChange(input.valueAsNumber);
        }}
      />
    </div>
  );
}

interface SelectProps<T extends string> {
  readonly label: ComponentChildren;
  readonly value: T;
  readonly choices: readonly (readonly [value: T, label: string])[];
  readonly onChange: (value: T) => void;
  readonly name: string;
}

export function Select<T extends string>({
  label,
  value,
  choices,
  onChange,
  name,
}: SelectProps<T>) {
  const id = useId();
  return (
    <div class="control">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value as T)}
      >
        {choices.map(([choice, text]) => (
          <option key={choice} value={choice}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface CheckProps {
  readonly label: ComponentChildren;
  readonly value: boolean;
  readonly onChange: (value: boolean) => void;
  readonly name: string;
}

export function Check({ label, value, onChange, name }: CheckProps) {
  const id = useId();
  return (
    <div class="control check">
      <input
        id={id}
        name={name}
        type="checkbox"
        checked={value}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
    </div>
  );
}

interface ReadoutProps {
  readonly label: ComponentChildren;
  /** The full value, for tests and for copying. */
  readonly value: number | undefined;
  readonly name: string;
  readonly color?: string;
  readonly digits?: number;
}

/** A number with its name: shown short, kept in full. */
export function Readout({ label, value, name, color, digits = 5 }: ReadoutProps) {
  return (
    <div class="readout">
      <dt>
        {color !== undefined && <span class="swatch" style={{ background: color }} />}
        {label}
      </dt>
      <dd data-value={name} data-number={value === undefined ? "" : String(value)}>
        {value === undefined ? "–" : formatNumber(value, digits)}
      </dd>
    </div>
  );
}

/** Some significant digits, with a minus sign and infinity as people write them. */
export function formatNumber(value: number, digits = 5): string {
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "−∞";
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e6)
      ? value
          .toExponential(Math.min(digits, 4) - 1)
          .replace("e", "·10^")
          .replace("^+", "^")
      : String(Number(value.toPrecision(digits)));
  return superscript(text.replaceAll("-", "−"));
}

const RAISED: Readonly<Record<string, string>> = {
  "−": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

function superscript(text: string): string {
  return text.replace(/\^(.+)$/, (_, power: string) =>
    Array.from(power, (c) => RAISED[c] ?? c).join(""),
  );
}

/** 10 to a real exponent, also beyond the doubles: "10³", "3.16·10⁻²". */
export function powerOfTen(exponent: number): string {
  const whole = Math.floor(exponent);
  const mantissa = (10 ** (exponent - whole)).toFixed(2);
  const power = superscript(`10^${String(whole).replace("-", "−")}`);
  return mantissa === "1.00" ? power : `${mantissa}·${power}`;
}
