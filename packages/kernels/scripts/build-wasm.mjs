// Compiles assembly/ to WebAssembly and writes it, in base64, to src/wasm-binary.ts, which is checked in: the package
// runs from its sources, and test/build.test.ts checks that both agree.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "assemblyscript/asc";
import { assemblyConstants, tableModule } from "./exp-table.mjs";

const folder = join(import.meta.dirname, "..");

/** The source text of the module with the embedded binary. */
async function wasmModuleSource() {
  const work = mkdtempSync(join(tmpdir(), "xent-kernels-"));
  try {
    const out = join(work, "kernels.wasm");
    const { error, stderr } = await main([
      join(folder, "assembly/index.ts"),
      "--outFile",
      out,
      "--optimizeLevel",
      "3",
      "--shrinkLevel",
      "0",
      "--converge",
      "--noAssert",
      "--runtime",
      "stub",
      "--enable",
      "simd",
      "--importMemory",
      // A fresh WebAssembly.Memory is: buffers need no bytes in the file.
      "--zeroFilledMemory",
      "--use",
      "abort=",
    ]);
    if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
    const bytes = readFileSync(out);
    return `// Written by scripts/build-wasm.mjs from assembly/; do not edit.

/** The compiled kernels, ${bytes.length} bytes, in base64. */
export const WASM_BASE64: string =
  "${bytes.toString("base64")}";
`;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Leaves an unchanged file alone, so that builds do not touch the tree. */
function writeIfNew(file, text) {
  let old;
  try {
    old = readFileSync(file, "utf8");
  } catch {
    old = undefined;
  }
  if (old !== text) writeFileSync(file, text);
}

/** Every file written here, with its text. */
export async function writtenFiles() {
  return {
    "assembly/exp-constants.ts": assemblyConstants(),
    "src/exp-table.ts": tableModule(),
    "src/wasm-binary.ts": await wasmModuleSource(),
  };
}

if (process.argv[1] === import.meta.filename) {
  writeIfNew(join(folder, "assembly/exp-constants.ts"), assemblyConstants());
  for (const [name, text] of Object.entries(await writtenFiles())) {
    writeIfNew(join(folder, name), text);
  }
}
