// Type checks a consumer's file in-process, under the three ways in which TypeScript users resolve packages.
import { join } from "node:path";
import ts from "typescript";

/** Name, compiler options, and whether the project is CommonJS. */
export const RESOLUTIONS = [
  ["moduleResolution node16", { module: "node16", moduleResolution: "node16" }, "esm"],
  ["moduleResolution nodenext from CommonJS", { module: "nodenext" }, "cjs"],
  ["moduleResolution bundler", { module: "esnext", moduleResolution: "bundler" }, "esm"],
];

// The files of TypeScript's own library are the same for every program, and most of the work of parsing.
const library = new Map();

/**
 * The declarations of our packages are checked along; those of others are not ours to mend.
 *
 * @throws Error with the diagnostics of `files`; the package.json in `folder` says what kind of modules they are.
 */
export function typeCheck(folder, files, options) {
  const { options: parsed, errors } = ts.convertCompilerOptionsFromJson(
    {
      strict: true,
      noEmit: true,
      target: "es2022",
      lib: ["es2022", "dom"],
      types: [],
      skipLibCheck: false,
      skipDefaultLibCheck: true,
      ...options,
    },
    folder,
  );
  const host = ts.createCompilerHost(parsed);
  host.getCurrentDirectory = () => folder;
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => {
    if (!/\/typescript\/lib\/lib\.[\w.]*d\.ts$/.test(name)) return read(name, ...rest);
    if (!library.has(name)) library.set(name, read(name, ...rest));
    return library.get(name);
  };
  const program = ts.createProgram({
    rootNames: files.map((file) => join(folder, file)),
    options: parsed,
    host,
    configFileParsingDiagnostics: errors,
  });
  const found = [...errors, ...ts.getPreEmitDiagnostics(program)].filter(
    ({ file: at }) => !/node_modules\/(?!.*node_modules\/)(?!@xent\/)/.test(at?.fileName ?? ""),
  );
  if (found.length > 0) throw new Error(ts.formatDiagnostics(found.slice(0, 10), host));
}

/** JavaScript of a TypeScript example, for Node as it is or through `require`. */
export function transpile(code, kind) {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: kind === "cjs" ? ts.ModuleKind.CommonJS : ts.ModuleKind.ES2022,
      esModuleInterop: true,
      verbatimModuleSyntax: false,
    },
  });
  return outputText;
}
