import { useEffect, useState } from "preact/hooks";
import { type Schema, textField } from "../../url/fields.js";
import { urlState } from "../../url/route.js";

interface ReadState {
  readonly file: string;
  /** Text of the line to show first. */
  readonly at: string;
}

const schema: Schema<ReadState> = { file: textField("docs/theory.md"), at: textField("") };
const { state } = urlState("read", schema);

const PREFIX = "../../../../../";

// As text, each in a chunk of its own: nothing is loaded that nobody reads.
const loaders = import.meta.glob<string>(
  [
    "../../../../../docs/theory.md",
    "../../../../../packages/taylor-radius/src/{nearest-ghost,radius-cap,bottleneck,series,dominance,variance}.ts",
    "../../../../../packages/taylor-radius/src/invariants/*.ts",
    "../../../../../packages/ufm-dynamics/src/{spectral-flow,lyapunov,neural-collapse,small-random}.ts",
    "../../../../../packages/ufm-dynamics/src/invariants/*.ts",
    "../../../../../packages/fgn/src/{margin-split,operators,curvature-traces,directions}.ts",
    "../../../../../packages/fgn/src/invariants/*.ts",
    "../../../../../packages/training/src/train.ts",
    "../../../../../packages/training/src/invariants/*.ts",
    "../../../../../packages/softmax-spectral/src/{covariance,covariance-eigenvalues,log-sum-exp}.ts",
    "../../../../../packages/softmax-spectral/src/invariants/softmax.ts",
    "../../../../../packages/invariants/src/{check,invariant}.ts",
  ],
  { query: "?raw", import: "default" },
);

const FILES = Object.keys(loaders).map((path) => path.slice(PREFIX.length));

/** The sources that the views rest on: theory, invariants, code. */
export default function ReadView() {
  const { file, at } = state.value;
  const [text, setText] = useState("");
  useEffect(() => {
    let here = true;
    const load = loaders[PREFIX + file];
    if (load === undefined) setText("");
    else void load().then((loaded) => here && setText(loaded));
    return () => {
      here = false;
    };
  }, [file]);
  const lines = text.split("\n");
  const found = at === "" ? -1 : lines.findIndex((line) => line.includes(at));
  useEffect(() => {
    if (found >= 0) document.querySelector(".reader mark")?.scrollIntoView({ block: "start" });
  }, [text, found]);
  return (
    <div class="reader">
      <h2>{FILES.includes(file) ? file : "Sources"}</h2>
      {!FILES.includes(file) && <p class="problem">There is no “{file}” here.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls */}
      <pre tabIndex={0} role="region" aria-label={file}>
        {found < 0 ? (
          text
        ) : (
          <>
            {lines
              .slice(0, found)
              .map((line) => `${line}\n`)
              .join("")}
            <mark>{lines[found]}</mark>
            {`\n${lines.slice(found + 1).join("\n")}`}
          </>
        )}
      </pre>
      <h3>Everything that the views rest on</h3>
      <ul>
        {FILES.map((name) => (
          <li key={name}>
            <a href={`#/read?${new URLSearchParams({ file: name }).toString()}`}>{name}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}
