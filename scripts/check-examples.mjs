// Every export of a public package is shown in an example: a `ts` block of a README or of docs/, all of which the tests
// run, or an @example of a docstring. A type is shown where the declaration of something shown names it.
// Prints what is shown nowhere, and ends with 1 when there is any. Needs the built packages. `-- <name> ...` narrows it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { examplesOf } from "../packages/testkit/dist/examples.js";
import { publishablePackages, root } from "./workspace.mjs";

const identifiers = (code) => new Set(code.match(/[A-Za-z_$][\w$]*/g) ?? []);

const pages = ["packages", "apps"].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(root, group, name, "README.md")),
);
pages.push(
  ...["examples.md", "extending.md", "your-own-code.md"].map((name) => join(root, "docs", name)),
);
const blocks = pages
  .filter((page) => existsSync(page))
  .flatMap((page) => examplesOf(readFileSync(page, "utf8")));
const inExamples = identifiers(blocks.map((b) => b.code).join("\n"));

/** Exports of an entry: name to { isType, text of its declarations, whether it has an @example }. */
function exportsOf(entry) {
  const program = ts.createProgram([entry], { skipLibCheck: true, noResolve: false });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
  return new Map(
    checker.getExportsOfModule(module).map((symbol) => {
      const target =
        symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return [
        symbol.name,
        {
          isType: (target.flags & ts.SymbolFlags.Value) === 0,
          mentions: identifiers((target.declarations ?? []).map((d) => d.getText()).join("\n")),
          hasExample: target.getJsDocTags(checker).some((tag) => tag.name === "example"),
        },
      ];
    }),
  );
}

const chosen = process.argv.slice(2);
let missing = 0;
for (const { name, folder } of publishablePackages()) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const found = exportsOf(join(folder, "dist/index.d.ts"));
  const shown = new Set(
    [...found].filter(([key, e]) => e.hasExample || inExamples.has(key)).map(([key]) => key),
  );
  for (const key of shown) {
    for (const named of found.get(key).mentions) if (found.has(named)) shown.add(named);
  }
  const left = [...found.keys()].filter((key) => !shown.has(key)).sort();
  const types = left.filter((key) => found.get(key).isType);
  const values = left.filter((key) => !found.get(key).isType);
  missing += left.length;
  console.log(`${name}: ${found.size - left.length} of ${found.size} exports are shown`);
  if (values.length > 0) console.log(`  functions and values: ${values.join(", ")}`);
  if (types.length > 0) console.log(`  types: ${types.join(", ")}`);
}
if (missing > 0) {
  console.error(`${missing} exports are shown in no example`);
  process.exit(1);
}
