// Runs turbo with its telemetry and update check off: nothing here uses the network.
// `turboCommand` is for scripts; as a program: node scripts/turbo.mjs run build ...
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Runs turbo at the root of the repository and returns its exit code. */
export function turboCommand(args, options = {}) {
  const bin = join(
    dirname(createRequire(import.meta.url).resolve("turbo/package.json")),
    "bin/turbo",
  );
  const { status } = spawnSync(process.execPath, [bin, ...args], {
    cwd: root,
    stdio: "inherit",
    ...options,
    env: {
      ...process.env,
      TURBO_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
      TURBO_NO_UPDATE_NOTIFIER: "1",
    },
  });
  return status ?? 1;
}

if (process.argv[1] === import.meta.filename) {
  // Progress goes to stderr, so that `npm run -s demo -- --json` prints nothing but its document.
  process.exit(
    turboCommand(process.argv.slice(2), { stdio: ["inherit", process.stderr.fd, "inherit"] }),
  );
}
