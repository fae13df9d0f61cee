import { type Array as JaxArray, type JsTree, tree } from "@jax-js/jax";
import { check } from "@xent/invariants";
import type { Dense } from "@xent/linalg";
import type { Linearization } from "@xent/models";
import { describe, expect, test } from "vitest";
import { fromJax, type GradientTransformation, type JaxModel, startJax } from "../src/index.js";
import { type JaxSubject, jaxInvariants, jaxSubject } from "../src/invariants.js";

await startJax();

type Model = JaxModel<JsTree<JaxArray>>;

/** The adapter with something else about each of its models. */
function withModel(change: (model: Model) => Partial<Model>): JaxSubject {
  const changed: JaxSubject["fromJax"] = (fn, parameters, options) => {
    const model = fromJax(fn, parameters, options);
    const parts = change(model as unknown as Model);
    return new Proxy(model, {
      get: (own, key) => Reflect.get(key in parts ? parts : own, key) as unknown,
    });
  };
  return { ...jaxSubject, fromJax: changed };
}

/** The adapter with something else about each of its linearizations. */
function withLinearization(change: (at: Linearization) => Partial<Linearization>): JaxSubject {
  return withModel((model) => ({
    linearize: (parameters, batch) => {
      const at = model.linearize(parameters, batch);
      const plain: Linearization = {
        logits: at.logits,
        parameterCount: at.parameterCount,
        jvp: (v, out) => at.jvp(v, out),
        vjp: (u, out) => at.vjp(u, out),
        second: (v, out) => at.second!(v, out),
      };
      return { ...plain, ...change(at) };
    },
  }));
}

/** `values` with its numbers changed in place. */
function changed(values: Dense, f: (x: number, i: number) => number): Dense {
  values.data.forEach((x, i) => {
    values.data[i] = f(x, i);
  });
  return values;
}

/** A cap that multiplies the leaves of an update by its own factors. */
function cap(
  factors: (scale: number, index: number) => number,
  target?: (target: number) => number,
): JaxSubject {
  return {
    ...jaxSubject,
    capByRadius: (logits, options = {}) => {
      let scale = 1;
      const inner = jaxSubject.capByRadius(logits, {
        ...options,
        ...(target === undefined ? {} : { target: target(options.target ?? 1) }),
        onLimit: (limited) => {
          scale = limited.scale;
          options.onLimit?.(limited);
        },
      });
      const update: GradientTransformation["update"] = (updates, state, params) => {
        const [out, next] = inner.update(updates, state, params);
        const [leaves, definition] = tree.flatten<JaxArray>(out);
        const moved = leaves.map((leaf, i) => leaf.mul(factors(scale, i)));
        return [tree.unflatten(definition, moved) as typeof out, next];
      };
      return { init: (params) => inner.init(params), update };
    },
  };
}

/** Mistakes that people make, each with an invariant that finds it. */
const mistakes: Record<string, { readonly finder: string; readonly subject: JaxSubject }> = {
  "logits in single precision under the name of double": {
    finder: "jax/logits-and-jvp-agree-with-mlp",
    subject: withLinearization((at) => ({ logits: changed(at.logits, Math.fround) })),
  },
  "J v by a forward difference": {
    finder: "jax/jvp-against-differences",
    subject: withLinearization((at) => ({
      // Of second order in a step of 1/8: a forward difference of a function that bends.
      jvp: (v, out) => {
        const second = at.second!(v).data;
        return changed(at.jvp(v, out), (x, i) => x + second[i]! / 16);
      },
    })),
  },
  "a transposed product that scales by the mean over the batch": {
    finder: "jax/adjoint-identity",
    subject: withLinearization((at) => ({
      vjp: (u, out) => {
        const g = at.vjp(u, out);
        g.forEach((x, i) => {
          g[i] = x / at.logits.rows;
        });
        return g;
      },
    })),
  },
  "J v along the unit vector": {
    finder: "jax/jvp-is-linear",
    subject: withLinearization((at) => ({
      jvp: (v, out) => {
        const length = Math.hypot(...v);
        return at.jvp(length === 0 ? v : v.map((x) => x / length), out);
      },
    })),
  },
  "the second Taylor coefficient for the second derivative": {
    finder: "jax/second-of-a-quadratic",
    subject: withLinearization((at) => ({
      second: (v, out) => changed(at.second!(v, out), (x) => x / 2),
    })),
  },
  "a second derivative of Gauss-Newton's kind, without the curvature of activations": {
    finder: "jax/second-agrees-with-mlp",
    subject: withLinearization((at) => ({
      second: (v, out) => changed(at.second!(v, out), () => 0),
    })),
  },
  "blocks that all begin at 0": {
    finder: "jax/flat-and-tree-round-trip",
    subject: withModel((model) => ({ blocks: model.blocks.map((b) => ({ ...b, offset: 0 })) })),
  },
  "logits centred in each row": {
    finder: "jax/last-bias-shifts-logits",
    subject: withLinearization((at) => {
      const { cols, data } = at.logits;
      const means = Array.from({ length: at.logits.rows }, (_, i) =>
        data.subarray(i * cols, (i + 1) * cols).reduce((a, z) => a + z / cols, 0),
      );
      return { logits: changed(at.logits, (z, k) => z - means[Math.floor(k / cols)]!) };
    }),
  },
  "logits less those of the first example": {
    finder: "jax/examples-do-not-mix",
    subject: withModel((model) => ({
      logits: (parameters, batch) => {
        const logits = model.logits(parameters, batch);
        const first = logits.data.slice(0, logits.cols);
        return changed(logits, (z, k) => z - first[k % logits.cols]!);
      },
    })),
  },
  "a linearization that keeps the caller's parameters": {
    finder: "jax/linearization-keeps-its-point",
    subject: withModel((model) => ({
      linearize: (parameters, batch) => {
        const at = model.linearize(parameters, batch);
        const now = (): Linearization => model.linearize(parameters, batch);
        return {
          logits: at.logits,
          parameterCount: at.parameterCount,
          jvp: (v, out) => now().jvp(v, out),
          vjp: (u, out) => now().vjp(u, out),
          second: (v, out) => now().second!(v, out),
        };
      },
    })),
  },
  "a gradient added to what `out` held": {
    finder: "jax/out-receives-the-result",
    subject: withLinearization((at) => ({
      vjp: (u, out) => {
        if (out === undefined) return at.vjp(u);
        const before = out.slice();
        at.vjp(u, out).forEach((x, i) => {
          out[i] = x + before[i]!;
        });
        return out;
      },
    })),
  },
  "a cap that knows no target": {
    finder: "jax/cap-length",
    subject: cap(
      () => 1,
      () => 1,
    ),
  },
  "a cap for each leaf by its own length": {
    finder: "jax/cap-keeps-direction-and-short-updates",
    subject: cap((scale, i) => (scale < 1 && i > 0 ? 0.5 : 1)),
  },
  "a cap with an epsilon, which shortens short updates too": {
    finder: "jax/cap-keeps-direction-and-short-updates",
    subject: cap(() => 1 - 1e-6),
  },
};

describe("mistakes are found", () => {
  for (const [name, { finder, subject }] of Object.entries(mistakes)) {
    test(name, () => {
      const invariant = jaxInvariants().find((i) => i.id === finder)!;
      expect(check(invariant, subject, { runs: 200, seed: 20261125 }).status).toBe("fails");
    });
  }
});

test("it is the mistakes that are found, and not how they are put in", () => {
  for (const subject of [withLinearization(() => ({})), cap(() => 1)]) {
    for (const invariant of jaxInvariants()) {
      expect(check(invariant, subject, { runs: 10, seed: 1 }).status, invariant.id).toBe("holds");
    }
  }
});

test("every invariant finds one of them", () => {
  const found = new Set(Object.values(mistakes).map((m) => m.finder));
  expect([...found].sort()).toEqual(
    jaxInvariants()
      .map((i) => i.id)
      .sort(),
  );
});
