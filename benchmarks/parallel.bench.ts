import { dominanceRadii, nearestGhost, provenRadii } from "@xent/taylor-radius";
import { radiusPool, sharedDense } from "@xent/taylor-radius/parallel";
import type { BenchCase } from "./bench-case.js";
import { normalMatrix, requireClose } from "./random-data.js";

const CLASSES = 100;

/** Radii of a batch in one thread, and over the calling thread and one worker: with a copy of the inputs and without. */
export async function radiusPoolCases(): Promise<BenchCase[]> {
  const pool = radiusPool({ workers: 1, minimumEntries: 0 });
  await pool.ready();
  return [16, 64, 256, 1024, 4096, 16384].flatMap((rows): BenchCase[] => {
    const logits = normalMatrix(rows, CLASSES, 1);
    const slopes = normalMatrix(rows, CLASSES, 2);
    const [sharedLogits, sharedSlopes] = [sharedDense(rows, CLASSES), sharedDense(rows, CLASSES)];
    sharedLogits.data.set(logits.data);
    sharedSlopes.data.set(slopes.data);
    const out = new Float64Array(rows);
    const bounds = (["dominanceRadii", "provenRadii"] as const).flatMap((name): BenchCase[] => {
      const alone = name === "dominanceRadii" ? dominanceRadii : provenRadii;
      const group = `radius pool, ${name}, 100 classes`;
      return [
        { group, name: "one thread", size: rows, run: () => alone(logits, slopes, out) },
        {
          group,
          name: "two threads",
          size: rows,
          run: () => pool[name](logits, slopes, out),
          check: () => requireClose(pool[name](logits, slopes), alone(logits, slopes).slice(), 0),
        },
        {
          group,
          name: "two threads, inputs shared",
          size: rows,
          run: () => pool[name](sharedLogits, sharedSlopes, out),
        },
      ];
    });
    if (rows > 256) return bounds;
    const group = "radius pool, nearestGhosts, 100 classes";
    const alone = () =>
      Array.from({ length: rows }, (_, i) =>
        nearestGhost(
          logits.data.subarray(i * CLASSES, (i + 1) * CLASSES),
          slopes.data.subarray(i * CLASSES, (i + 1) * CLASSES),
        ),
      );
    return [
      ...bounds,
      { group, name: "one thread", size: rows, run: alone },
      {
        group,
        name: "two threads",
        size: rows,
        run: () => pool.nearestGhosts(logits, slopes),
        check() {
          const radii = (of: { readonly lower: number }[]) => of.map((g) => g.lower);
          requireClose(radii(pool.nearestGhosts(logits, slopes)), radii(alone()), 0);
        },
      },
    ];
  });
}
