/** Which numbers of a result {@link withNaNResults} replaces. */
export type NaNPlace = "all" | "first" | "last";

type Callable = (...args: unknown[]) => unknown;

/**
 * An implementation that computes as `subject` does and then returns NaN: what no invariant may take for right.
 *
 * Every function of the subject, and every function inside its results, has its results changed:
 * - "all": each number that is not an integer (those are counts and shapes) and each entry of a Float64Array;
 * - "first", "last": that entry of each Float64Array, which a maximum that is kept wrongly may forget.
 *
 * Arrays are changed in place, as a function that writes into `out` would; a function that returns nothing has its
 * result in the arrays that it was given.
 *
 * @param onPoisoned - called for every result in which something was replaced.
 */
export function withNaNResults<Subject extends object>(
  subject: Subject,
  place: NaNPlace,
  onPoisoned: () => void = () => {},
): Subject {
  const poison = (value: unknown): unknown => {
    if (typeof value === "number") {
      if (place !== "all" || Number.isInteger(value)) return value;
      onPoisoned();
      return Number.NaN;
    }
    if (value instanceof Float64Array) {
      if (value.length === 0) return value;
      onPoisoned();
      if (place === "all") value.fill(Number.NaN);
      else value[place === "first" ? 0 : value.length - 1] = Number.NaN;
      return value;
    }
    if (typeof value === "function") return wrap(value as Callable);
    if (Array.isArray(value)) return value.map(poison);
    return typeof value === "object" && value !== null && !ArrayBuffer.isView(value)
      ? poisonedView(value)
      : value;
  };
  // What a view stands for, since methods with private fields work on the object itself only.
  const originals = new WeakMap<object, object>();
  const originalOf = (value: unknown): unknown =>
    typeof value === "object" && value !== null ? (originals.get(value) ?? value) : value;
  const wrap = (f: Callable, self?: object): Callable =>
    new Proxy(f, {
      apply: (_target, _self, args: unknown[]) => {
        const result: unknown = Reflect.apply(f, self, args.map(originalOf));
        if (result !== undefined) return poison(result);
        for (const given of args) if (given instanceof Float64Array) poison(given);
        return undefined;
      },
      construct: (_target, args: unknown[]) =>
        poisonedView(Reflect.construct(f, args.map(originalOf)) as object),
    });
  // The target is empty, since a proxy may not lie about frozen properties of its target.
  const poisonedView = (object: object): object => {
    const view = new Proxy(
      Object.create(Object.getPrototypeOf(object) as object | null) as object,
      {
        get(_target, key) {
          const value: unknown = Reflect.get(object, key, object);
          return typeof value === "function" ? wrap(value as Callable, object) : poison(value);
        },
        has: (_target, key) => Reflect.has(object, key),
        ownKeys: () => Reflect.ownKeys(object),
        getOwnPropertyDescriptor: (_target, key) => {
          const own = Reflect.getOwnPropertyDescriptor(object, key);
          return own === undefined
            ? undefined
            : {
                value: poison(Reflect.get(object, key, object)),
                configurable: true,
                enumerable: own.enumerable ?? false,
              };
        },
      },
    );
    originals.set(view, object);
    return view;
  };
  return Object.fromEntries(
    Object.entries(subject).map(([name, value]) => [
      name,
      typeof value === "function" ? poison(value) : (value as unknown),
    ]),
  ) as Subject;
}
