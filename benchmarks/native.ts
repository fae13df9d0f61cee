import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Milliseconds of the C reference by "group size"; undefined when there is no C compiler. */
export function nativeTimes(): Map<string, number> | undefined {
  const folder = mkdtempSync(join(tmpdir(), "xent-native-"));
  try {
    const program = join(folder, "reference");
    const source = join(import.meta.dirname, "..", "native", "reference.c");
    const compiler = ["cc", "gcc", "clang"].find(
      (name) =>
        spawnSync(name, ["-Ofast", "-march=native", "-o", program, source, "-lm"]).status === 0,
    );
    if (compiler === undefined) return undefined;
    const { status, stdout } = spawnSync(program, { encoding: "utf8" });
    if (status !== 0) return undefined;
    return new Map(
      stdout
        .trim()
        .split("\n")
        .map((line) => {
          const [group, size, time] = line.split("\t");
          return [`${group} ${size}`, Number(time)];
        }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
