import { useRef, useState } from "preact/hooks";
import { seriesColor } from "./palette.js";

interface ProjectionProps {
  /** Three coordinates of each point. */
  readonly points: ArrayLike<number>;
  /** Lines between points, as pairs of their indices. */
  readonly edges: readonly (readonly [number, number])[];
  readonly axes: readonly [string, string, string];
  readonly size?: number;
}

type Vector = readonly [number, number, number];

/** Turns about the vertical axis, then tilts. */
function turned([x, y, z]: Vector, turn: number, tilt: number): Vector {
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  const [a, b] = [c * x + s * z, -s * x + c * z];
  const [d, e] = [Math.cos(tilt), Math.sin(tilt)];
  return [a, d * y - e * b, e * y + d * b];
}

/** Points of space, seen from afar; to be turned with the pointer or the arrow keys. */
export function Projection({ points, edges, axes, size = 340 }: ProjectionProps) {
  const [angles, setAngles] = useState({ turn: 0.62, tilt: 0.38 });
  const held = useRef<{ x: number; y: number } | undefined>(undefined);
  let reach = 0;
  for (let i = 0; i < points.length; i += 3) {
    reach = Math.max(reach, Math.hypot(points[i]!, points[i + 1]!, points[i + 2]!));
  }
  const scale = reach === 0 ? 0 : (0.38 * size) / reach;
  const place = (v: Vector): Vector => {
    const [x, y, z] = turned(v, angles.turn, angles.tilt);
    return [size / 2 + x, size / 2 - y, z];
  };
  const places = Array.from({ length: points.length / 3 }, (_, i) =>
    place([scale * points[3 * i]!, scale * points[3 * i + 1]!, scale * points[3 * i + 2]!]),
  );
  const order = [...places.keys()].sort((i, j) => places[i]![2] - places[j]![2]);
  const origin = place([0, 0, 0]);
  const turn = (dx: number, dy: number): void =>
    setAngles((a) => ({ turn: a.turn + dx, tilt: Math.max(-1.5, Math.min(1.5, a.tilt + dy)) }));
  const key = (event: KeyboardEvent): void => {
    const by = {
      ArrowLeft: [-0.1, 0],
      ArrowRight: [0.1, 0],
      ArrowUp: [0, -0.1],
      ArrowDown: [0, 0.1],
    }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    turn(by[0]!, by[1]!);
  };
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      width={size}
      class="projection"
      tabindex={0} // Attributes of SVG are case-sensitive.
      role="group"
      aria-label={`${places.length} class means in space, along ${axes.join(", ")}; the arrow keys turn them`}
      font-size="11"
      onKeyDown={key}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        held.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerMove={(event) => {
        if (held.current === undefined) return;
        turn((event.clientX - held.current.x) / 120, (event.clientY - held.current.y) / 120);
        held.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerUp={() => {
        held.current = undefined;
      }}
    >
      {axes.map((name, i) => {
        const unit = [0, 0, 0];
        unit[i] = 0.46 * size;
        const tip = place(unit as unknown as Vector);
        return (
          <g key={name} stroke="var(--line)" fill="var(--muted)">
            <line x1={origin[0]} y1={origin[1]} x2={tip[0]} y2={tip[1]} />
            <text x={tip[0]} y={tip[1]} stroke="none" text-anchor="middle">
              {name}
            </text>
          </g>
        );
      })}
      <g stroke="var(--muted)" stroke-opacity="0.55">
        {edges.map(([i, j]) => (
          <line
            key={`${i}-${j}`}
            x1={places[i]![0]}
            y1={places[i]![1]}
            x2={places[j]![0]}
            y2={places[j]![1]}
          />
        ))}
      </g>
      {order.map((i) => {
        const [x, y, z] = places[i]!;
        const near = 0.5 + z / size;
        return (
          <g key={i}>
            <line
              x1={origin[0]}
              y1={origin[1]}
              x2={x}
              y2={y}
              stroke={seriesColor(i)}
              stroke-width="2"
              stroke-opacity={0.35 + 0.4 * near}
            />
            <circle
              cx={x}
              cy={y}
              r={5 + 4 * near}
              fill={seriesColor(i)}
              stroke="var(--paper)"
              stroke-width="1.5"
            />
          </g>
        );
      })}
    </svg>
  );
}
