import { type Dense, DimensionError, DomainError, dense, SeededRandom } from "@xent/linalg";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dominanceRadii, nearestGhost, provenRadii } from "../src/index.js";
import type * as Pools from "../src/node-radius-pool.js";
import type * as Parallel from "../src/parallel.js";

// Worker threads load what is built; the calling thread runs the sources.
const built = (file: string): URL => new URL(`../dist/${file}`, import.meta.url);
const { radiusPool, sharedDense } = (await import(built("parallel.js").href)) as typeof Parallel;
const { NodeRadiusPool } = (await import(built("node-radius-pool.js").href)) as typeof Pools;

interface Batch {
  readonly logits: Dense;
  readonly slopes: Dense;
}

/** Ties, masked classes, rows without zeros, rows that one class leads; C from 1. */
const batches: fc.Arbitrary<Batch> = fc
  .record({
    rows: fc.constantFrom(0, 1, 2, 3, 5, 17, 40),
    cols: fc.integer({ min: 1, max: 7 }),
    seed: fc.integer(),
    scale: fc.constantFrom(1, 1e-3, 1e3, 1e-100, 1e100),
    shared: fc.boolean(),
  })
  .map(({ rows, cols, seed, scale, shared }) => {
    const random = new SeededRandom(seed);
    const make = shared ? sharedDense : dense;
    const [logits, slopes] = [make(rows, cols), make(rows, cols)];
    logits.data.set(random.normals(rows * cols, 3));
    slopes.data.set(random.normals(rows * cols).map((x) => x * scale));
    for (let i = 0; i < rows; i++) {
      const kind = random.integer(5);
      const start = i * cols;
      if (kind === 0) slopes.data.fill(scale, start, start + cols);
      if (kind === 1) logits.data[start] = 40;
      if (kind === 2 && cols > 1) logits.data[start] = -Infinity;
      if (kind === 3) slopes.data[start] = slopes.data[start + cols - 1]!;
    }
    return { logits, slopes };
  });

function ghostsOneByOne({ logits, slopes }: Batch) {
  const { rows, cols } = logits;
  return Array.from({ length: rows }, (_, i) =>
    nearestGhost(
      logits.data.subarray(i * cols, (i + 1) * cols),
      slopes.data.subarray(i * cols, (i + 1) * cols),
    ),
  );
}

/** The bits, so that 0 and -0 differ. */
const bits = (values: Float64Array): BigUint64Array =>
  new BigUint64Array(values.buffer, values.byteOffset, values.length);

describe.each([0, 1, 2, 3])("%i workers", (workers) => {
  const pool = radiusPool({ workers, minimumEntries: 0 });
  beforeAll(() => pool.ready());
  afterAll(() => pool.close());

  test("the bits of one thread", () => {
    expect(pool.workers).toBe(workers);
    fc.assert(
      fc.property(batches, (batch) => {
        const { logits, slopes } = batch;
        expect(bits(pool.dominanceRadii(logits, slopes))).toEqual(
          bits(dominanceRadii(logits, slopes)),
        );
        const out = new Float64Array(logits.rows);
        expect(pool.provenRadii(logits, slopes, out)).toBe(out);
        expect(bits(out)).toEqual(bits(provenRadii(logits, slopes)));
        expect(pool.nearestGhosts(logits, slopes)).toEqual(ghostsOneByOne(batch));
      }),
      { numRuns: 40 },
    );
  });

  test("a large batch, twice, in shared and in other memory", () => {
    const random = new SeededRandom(workers);
    const [logits, slopes] = [sharedDense(500, 60), sharedDense(500, 60)];
    logits.data.set(random.normals(30_000, 2));
    slopes.data.set(random.normals(30_000));
    const expected = provenRadii(logits, slopes);
    const copied = dense(500, 60, logits.data.slice());
    for (const z of [logits, copied, logits]) {
      expect(bits(pool.provenRadii(z, slopes))).toEqual(bits(expected));
    }
  });

  test("errors are those of one thread, and the next batch is computed", () => {
    const [logits, slopes] = [dense(9, 3), dense(9, 3)];
    slopes.data.forEach((_, i) => {
      slopes.data[i] = i;
    });
    const errorOf = (run: () => unknown): Error => {
      try {
        run();
      } catch (error) {
        return error as Error;
      }
      throw new Error("nothing was thrown");
    };
    const same = (error: typeof DomainError | typeof DimensionError) => {
      for (const name of ["dominanceRadii", "provenRadii"] as const) {
        const alone = name === "dominanceRadii" ? dominanceRadii : provenRadii;
        const got = errorOf(() => pool[name](logits, slopes));
        expect(got).toBeInstanceOf(error);
        expect(got.message).toBe(errorOf(() => alone(logits, slopes)).message);
      }
      expect(errorOf(() => pool.nearestGhosts(logits, slopes))).toBeInstanceOf(error);
    };
    slopes.data[25] = NaN;
    same(DomainError);
    slopes.data[25] = 25;
    logits.data.fill(-Infinity, 21, 24);
    same(DomainError);
    logits.data.fill(0);
    (slopes as { rows: number }).rows = 8;
    same(DimensionError);
    (slopes as { rows: number }).rows = 9;
    expect(() => pool.dominanceRadii(logits, slopes, new Float64Array(8))).toThrow(DimensionError);
    expect(() => pool.nearestGhosts(logits, slopes, { tolerance: -1 })).toThrow(DomainError);
    expect(pool.dominanceRadii(logits, slopes)).toEqual(dominanceRadii(logits, slopes));
  });
});

describe("a pool", () => {
  const logits = dense(64, 5, new SeededRandom(1).normals(320));
  const slopes = dense(64, 5, new SeededRandom(2).normals(320));

  test("computes before its workers have started", async () => {
    const pool = radiusPool({ workers: 2, minimumEntries: 0 });
    expect(pool.dominanceRadii(logits, slopes)).toEqual(dominanceRadii(logits, slopes));
    await pool.ready();
    await pool.close();
  });

  test("that is closed refuses work, and may be closed again", async () => {
    const pool = radiusPool({ workers: 1 });
    await pool.close();
    await pool.close();
    expect(() => pool.dominanceRadii(logits, slopes)).toThrow(DomainError);
    expect(pool.workers).toBe(0);
  });

  test("refuses bad options", () => {
    for (const workers of [-1, 1.5, NaN])
      expect(() => radiusPool({ workers })).toThrow(DomainError);
    expect(() => radiusPool({ minimumEntries: -1 })).toThrow(DomainError);
  });

  test("whose worker cannot start says so, and does the work itself", async () => {
    const nowhere = new URL("data:text/javascript,throw new Error('no such worker')");
    const pool = new NodeRadiusPool({ workers: 1, minimumEntries: 0 }, nowhere);
    expect(pool.provenRadii(logits, slopes)).toEqual(provenRadii(logits, slopes));
    await expect(pool.ready()).rejects.toThrow("no such worker");
    await pool.close();
  });

  test("takes what its workers answer", async () => {
    const liar = new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { parentPort } from "node:worker_threads";
        parentPort.on("message", ({ counters, answers, chunk }) => {
          const start = Atomics.add(counters, 0, 1) * chunk;
          answers.fill(-7, start, start + chunk);
          Atomics.add(counters, 1, 1);
          Atomics.notify(counters, 1);
        });
        parentPort.postMessage("ready");
      `)}`,
    );
    const pool = new NodeRadiusPool({ workers: 1, minimumEntries: 0 }, liar);
    await pool.ready();
    const random = new SeededRandom(5);
    const [z, a] = [dense(2000, 50, random.normals(1e5)), dense(2000, 50, random.normals(1e5))];
    let lies = 0;
    for (let k = 0; k < 50 && lies === 0; k++) {
      lies = pool.provenRadii(z, a).filter((r) => r === -7).length;
    }
    // One chunk of 16.
    expect(lies).toBe(125);
    await pool.close();
  });

  test("that loses a worker in the middle of a batch ends the batch itself", async () => {
    // It takes a chunk and never brings it back.
    const thief = new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { parentPort } from "node:worker_threads";
        parentPort.on("message", ({ counters }) => {
          Atomics.add(counters, 0, 1);
        });
        parentPort.postMessage("ready");
      `)}`,
    );
    const pool = new NodeRadiusPool({ workers: 1, minimumEntries: 0 }, thief, 50);
    await pool.ready();
    // Enough work for the thief to come before it is all taken.
    const random = new SeededRandom(5);
    const [z, a] = [dense(2000, 50, random.normals(1e5)), dense(2000, 50, random.normals(1e5))];
    for (let k = 0; k < 50 && pool.workers > 0; k++) {
      expect(pool.provenRadii(z, a)).toEqual(provenRadii(z, a));
    }
    expect(pool.workers).toBe(0);
    expect(pool.dominanceRadii(z, a)).toEqual(dominanceRadii(z, a));
    await pool.close();
  });
});
