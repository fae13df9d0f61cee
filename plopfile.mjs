// `npm run new-module`: a package that builds, lints, type-checks and states its first invariant.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = import.meta.dirname;

function validName(name) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return `"${name}" is not a package name: lower-case words joined by hyphens, such as label-noise`;
  }
  return existsSync(join(root, "packages", name)) ? `packages/${name} exists already` : true;
}

function validPurpose(text) {
  if (text.trim() === "" || text.includes("\n")) return "say in one line what it is for";
  return text.includes("*/") ? 'the purpose stands in a comment: leave out "*/"' : true;
}

/** Plop's own "modify" says nothing when its pattern is not there. */
function insertBefore(path, anchor, text) {
  const file = join(root, path);
  const before = readFileSync(file, "utf8");
  const at = before.indexOf(anchor);
  if (at < 0) throw new Error(`${path} has no line "${anchor.trim()}" to insert before`);
  writeFileSync(file, before.slice(0, at) + text + before.slice(at));
  return path;
}

function run(command, ...args) {
  execFileSync(command, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
}

export default function plop(/** @type {import("plop").NodePlopAPI} */ api) {
  api.setHelper("json", (text) => JSON.stringify(text));
  api.setGenerator("module", {
    description: "a new package with its first invariant",
    prompts: [
      {
        type: "input",
        name: "name",
        message: "name (packages/<name>, @xent/<name>):",
        validate: validName,
      },
      { type: "input", name: "purpose", message: "purpose, one line:", validate: validPurpose },
    ],
    actions: (answers) => {
      // Values given as flags are not validated by plop.
      for (const check of [validName(answers.name), validPurpose(answers.purpose)]) {
        if (check !== true) throw new Error(check);
      }
      return [
        {
          type: "addMany",
          destination: "packages/{{name}}",
          base: "templates/module",
          templateFiles: "templates/module/**/*",
          globOptions: { dot: true },
        },
        {
          type: "add",
          path: ".changeset/first-{{name}}.md",
          templateFile: "templates/changeset.md.hbs",
        },
        () => {
          const { name, purpose } = answers;
          const camel = name.replaceAll(/-([a-z0-9])/g, (_, c) => c.toUpperCase());
          const registry = "packages/suite/src/registry.ts";
          insertBefore(
            registry,
            "\n// imports end here",
            `\nimport { ${camel}Invariants, ${camel}Subject } from "@xent/${name}/invariants";`,
          );
          insertBefore(
            registry,
            "\n  // suites end here",
            `\n  suite("${name}", ${camel}Invariants(), ${camel}Subject),`,
          );
          insertBefore(
            ".dependency-cruiser.cjs",
            "\n  // arrows end here",
            `\n  ${/-/.test(name) ? `"${name}"` : name}: ["linalg"],`,
          );
          insertBefore("packages/suite/README.md", "`@xent/fgn`. Node only", `\`@xent/${name}\`, `);
          const cell = purpose.replaceAll("|", "\\|");
          insertBefore(
            "README.md",
            "| [`@xent/training`]",
            `| [\`@xent/${name}\`](packages/${name}) | ${cell} |\n`,
          );
          insertBefore("docs/architecture.md", "| `invariants` |", `| \`${name}\` | ${cell} |\n`);
          return "entered in the runner, the import rules, README.md and docs/architecture.md";
        },
        () => {
          const file = join(root, "packages/suite/package.json");
          const manifest = JSON.parse(readFileSync(file, "utf8"));
          manifest.dependencies = Object.fromEntries(
            Object.entries({ ...manifest.dependencies, [`@xent/${answers.name}`]: "^0.0.0" }).sort(
              ([a], [b]) => (a < b ? -1 : 1),
            ),
          );
          writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
          return "added to @xent/suite";
        },
        () => {
          run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund");
          const touched = [`packages/${answers.name}`, "packages/suite", ".dependency-cruiser.cjs"];
          run("npx", "biome", "check", "--write", ...touched);
          run("npm", "run", "-s", "docs:graph");
          run("npm", "run", "-s", "docs:invariants");
          return `linked and drawn: now edit packages/${answers.name}/src and run npm test`;
        },
      ];
    },
  });
}
