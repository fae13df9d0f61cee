import { useEffect, useRef, useState } from "preact/hooks";

/** One thing to drag. */
export interface Handle {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly color: string;
}

interface HandlesProps {
  readonly handles: readonly Handle[];
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly height?: number;
  /** Bars from 0 up, which move in y alone; otherwise dots, which move in both. */
  readonly bars?: boolean;
  readonly onMove: (index: number, x: number, y: number) => void;
}

const MARGIN = { left: 44, right: 12, top: 24, bottom: 34 };

/** About five round numbers between two limits. */
export function roundTicks([low, high]: readonly [number, number], count = 5): number[] {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5].find((m) => m * power >= raw) ?? 10) * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-12); i++) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

/** Dots or bars between axes, to be moved with the pointer or the arrow keys. */
export function Handles(props: HandlesProps) {
  const { handles, x, y, xLabel, yLabel, height = 240, bars = false, onMove } = props;
  const svg = useRef<SVGSVGElement>(null);
  const [width, setWidth] = useState(340);
  const [held, setHeld] = useState<number | undefined>(undefined);
  useEffect(() => {
    const parent = svg.current!.parentElement!;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.max(200, Math.floor(entry!.contentRect.width))),
    );
    observer.observe(parent);
    return () => observer.disconnect();
  }, []);

  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const px = (v: number): number =>
    MARGIN.left + ((v - x[0]) / (x[1] - x[0])) * (right - MARGIN.left);
  const py = (v: number): number => bottom - ((v - y[0]) / (y[1] - y[0])) * (bottom - MARGIN.top);
  const clamp = (v: number, [low, high]: readonly [number, number]): number =>
    Math.min(high, Math.max(low, v));
  const move = (index: number, at: { x: number; y: number }): void =>
    onMove(index, clamp(at.x, x), clamp(at.y, y));

  const pointed = (event: PointerEvent): { x: number; y: number } => {
    const box = svg.current!.getBoundingClientRect();
    const scale = width / box.width;
    return {
      x:
        x[0] +
        (((event.clientX - box.left) * scale - MARGIN.left) / (right - MARGIN.left)) *
          (x[1] - x[0]),
      y:
        y[0] +
        ((bottom - (event.clientY - box.top) * scale) / (bottom - MARGIN.top)) * (y[1] - y[0]),
    };
  };
  const keyed = (index: number, event: KeyboardEvent): void => {
    const handle = handles[index]!;
    const size = event.shiftKey ? 0.1 : 0.01;
    const dx = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const dy = { ArrowDown: -1, ArrowUp: 1 }[event.key];
    if (dx === undefined && dy === undefined) return;
    event.preventDefault();
    move(index, {
      x: handle.x + (bars ? 0 : (dx ?? 0) * size * (x[1] - x[0])),
      y: handle.y + (dy ?? (bars ? (dx ?? 0) : 0)) * size * (y[1] - y[0]),
    });
  };
  const barWidth = Math.min(46, (0.72 * (right - MARGIN.left)) / Math.max(1, handles.length));

  return (
    <svg
      ref={svg}
      viewBox={`0 0 ${width} ${height}`}
      class="handles"
      font-size="11"
      role="group"
      aria-label={`${yLabel} against ${xLabel}, to be moved`}
    >
      <g stroke="var(--grid)">
        {roundTicks(y).map((v) => (
          <line key={v} x1={MARGIN.left} x2={right} y1={py(v)} y2={py(v)} />
        ))}
        {!bars &&
          roundTicks(x).map((v) => (
            <line key={v} x1={px(v)} x2={px(v)} y1={MARGIN.top} y2={bottom} />
          ))}
      </g>
      <g fill="var(--muted)" aria-hidden="true">
        {roundTicks(y).map((v) => (
          <text key={v} x={MARGIN.left - 6} y={py(v)} dy="0.35em" text-anchor="end">
            {String(v).replace("-", "−")}
          </text>
        ))}
        {(bars ? handles.map((h) => h.x) : roundTicks(x)).map((v, i) => (
          <text key={`${v}`} x={px(v)} y={bottom + 14} text-anchor="middle">
            {bars
              ? handles.length <= 24 || i % 4 === 0
                ? String(v)
                : ""
              : String(v).replace("-", "−")}
          </text>
        ))}
        <text x={right} y={height - 4} text-anchor="end">
          {xLabel}
        </text>
        <text x={10} y={11}>
          {yLabel}
        </text>
      </g>
      {handles.map((handle, i) => {
        const shared = {
          tabindex: 0,
          role: "slider",
          "aria-label": handle.label,
          "aria-valuemin": y[0],
          "aria-valuemax": y[1],
          "aria-valuenow": handle.y,
          "aria-valuetext": bars
            ? `${Number(handle.y.toPrecision(3))}`
            : `${xLabel} ${Number(handle.x.toPrecision(3))}, ${yLabel} ${Number(handle.y.toPrecision(3))}`,
          class: held === i ? "handle held" : "handle",
          "data-handle": i,
          onKeyDown: (event: KeyboardEvent) => keyed(i, event),
          onPointerDown: (event: PointerEvent) => {
            (event.currentTarget as Element).setPointerCapture(event.pointerId);
            setHeld(i);
            if (bars) move(i, { x: handle.x, y: pointed(event).y });
          },
          onPointerMove: (event: PointerEvent) => {
            if (held === i) move(i, bars ? { x: handle.x, y: pointed(event).y } : pointed(event));
          },
          onPointerUp: () => setHeld(undefined),
          onPointerCancel: () => setHeld(undefined),
        } as const;
        const left = px(handle.x) - barWidth / 2;
        return bars ? (
          <g key={`${handle.label}`} {...shared}>
            <rect
              x={left}
              y={MARGIN.top}
              width={barWidth}
              height={bottom - MARGIN.top}
              fill="transparent"
            />
            <rect
              x={left}
              y={py(Math.max(handle.y, Math.max(0, y[0])))}
              width={barWidth}
              height={Math.max(1, py(Math.max(0, y[0])) - py(Math.max(handle.y, y[0])))}
              fill={handle.color}
              rx="2"
            />
          </g>
        ) : (
          <g key={`${handle.label}`} {...shared}>
            <circle cx={px(handle.x)} cy={py(handle.y)} r="17" fill="transparent" />
            <circle
              cx={px(handle.x)}
              cy={py(handle.y)}
              r="9"
              fill={handle.color}
              stroke="var(--paper)"
              stroke-width="2"
            />
            <text
              x={px(handle.x)}
              y={py(handle.y)}
              dy="0.35em"
              text-anchor="middle"
              font-size="10"
              font-weight="600"
              fill="var(--on-series)"
            >
              {i}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
