/** Methods of a typed array that make another one with memory of its own. */
const MAKERS = ["slice", "map", "filter"] as const;

/**
 * How many Float64Arrays with memory of their own are made while `work` runs: a count that is the same on every machine,
 * where the size of the heap is not. Sees `new`, `from`, `of` and the methods that copy, wherever they are called; views of
 * what is there do not count.
 */
export function arraysMade(work: () => unknown): number {
  const Real = Float64Array;
  let made = 0;
  const Counting = new Proxy(Real, {
    construct(target, args: ConstructorParameters<typeof Float64Array>) {
      const [first] = args as readonly unknown[];
      if (first instanceof ArrayBuffer || first instanceof SharedArrayBuffer) {
        return new target(...args);
      }
      made++;
      return new target(...args);
    },
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (key !== "from" && key !== "of") return value;
      made++;
      return (value as () => unknown).bind(target);
    },
  });
  const prototype = Real.prototype as unknown as Record<string, unknown>;
  for (const name of MAKERS) {
    const real = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
    // An own property that hides the inherited one until it is deleted.
    prototype[name] = function (this: Float64Array, ...args: unknown[]) {
      made++;
      return real.apply(this, args);
    };
  }
  globalThis.Float64Array = Counting;
  try {
    work();
  } finally {
    globalThis.Float64Array = Real;
    for (const name of MAKERS) Reflect.deleteProperty(prototype, name);
  }
  return made;
}
