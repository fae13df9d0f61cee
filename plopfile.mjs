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

const validPurpose = (text) => (text.trim().length > 0 ? true : "say in one line what it is for");

export default function plop(/** @type {import("plop").NodePlopAPI} */ api) {
  api.setHelper("underscored", (text) => text.replaceAll("-", "_").toUpperCase());
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
        {
          type: "modify",
          path: "packages/suite/src/registry.ts",
          pattern: /(\n\/\/ imports end here)/,
          template:
            '\nimport { {{camelCase name}}Invariants, {{camelCase name}}Subject } from "@xent/{{name}}/invariants";$1',
        },
        {
          type: "modify",
          path: "packages/suite/src/registry.ts",
          pattern: /(\n {2}\/\/ suites end here)/,
          template:
            '\n  suite("{{name}}", {{camelCase name}}Invariants(), {{camelCase name}}Subject),$1',
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
          execFileSync("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], {
            cwd: root,
            stdio: "ignore",
          });
          execFileSync(
            "npx",
            ["biome", "check", "--write", `packages/${answers.name}`, "packages/suite"],
            { cwd: root, stdio: "ignore" },
          );
          return `linked: now edit packages/${answers.name}/src and run npm test`;
        },
      ];
    },
  });
}
