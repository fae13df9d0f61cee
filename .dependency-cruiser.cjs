// The arrows of docs/architecture.md. A package may import those below it and nothing else.
const allowed = {
  kernels: [],
  linalg: ["kernels"],
  invariants: [],
  testkit: [],
  "app-kit": ["linalg"],
  "softmax-spectral": ["kernels", "linalg"],
  models: ["linalg"],
  training: ["linalg", "models", "softmax-spectral"],
  "ufm-dynamics": ["kernels", "linalg", "softmax-spectral"],
  "taylor-radius": ["kernels", "linalg", "models", "softmax-spectral"],
  fgn: ["linalg", "models", "softmax-spectral"],
  jax: ["linalg", "models", "taylor-radius"],
  // arrows end here (npm run new-module adds a line above)
};
const tools = ["invariants", "testkit"];
const withInvariants = Object.keys(allowed).filter((name) => !tools.includes(name));
allowed.suite = ["invariants", ...withInvariants];
// Above the runner, whose shards are a campaign; its own invariants are therefore not in the runner's list.
allowed.campaign = ["linalg", "suite"];

const packageRules = Object.entries(allowed).map(([name, below]) => ({
  name: `arrows-of-${name}`,
  comment: `@xent/${name} may import only: ${below.join(", ") || "nothing of ours"}`,
  severity: "error",
  from: {
    path: `^packages/${name}/src/`,
    pathNot: "/src/(invariants|suite\\.ts$)",
  },
  to: { path: "^(packages|apps)/", pathNot: [name, ...below].map((p) => `^packages/${p}/`) },
}));

module.exports = {
  forbidden: [
    ...packageRules,
    {
      name: "invariants-stay-apart",
      comment: "the main entry of a package never pulls in the invariants or fast-check",
      severity: "error",
      from: {
        path: `^packages/(${[...withInvariants, "campaign"].join("|")})/src/`,
        pathNot: "/src/(invariants|suite\\.ts$)",
      },
      to: { path: "(/src/invariants|^packages/invariants/|node_modules/(fast-check|vitest)/)" },
    },
    {
      name: "nothing-imports-an-app",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^apps/" },
    },
    {
      name: "runs-in-browsers",
      comment: "a package's main entry has no node: import",
      severity: "error",
      from: {
        path: "^packages/[^/]+/src/",
        pathNot: "(^packages/(testkit|suite|app-kit)/|/src/(cli|main|node|queue|worker))",
      },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-deep-imports",
      comment: "packages meet at their public entries",
      severity: "error",
      from: { path: "^(packages|apps)/([^/]+)/" },
      to: {
        path: "^packages/[^/]+/src/",
        pathNot: ["^packages/$2/", "/src/(digits|index|invariants|node|parallel|vitest)\\.ts$"],
      },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "dist"] },
    exclude: { path: "(dist|\\.readme-examples)/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@xent/source", "import", "types", "default"],
    },
    tsConfig: { fileName: "tsconfig.base.json" },
  },
};
