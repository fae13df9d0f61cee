// Bundles a consumer's module with Vite for browsers, measures it, and runs it in Chromium where there is one.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

/** Builds `file` of `project` as an app; returns the code of its entry and the gzipped bytes of everything emitted. */
export async function bundle(project, file) {
  const result = await build({
    root: project,
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rollupOptions: { input: join(project, file) },
    },
  });
  const output = (Array.isArray(result) ? result : [result]).flatMap((r) => r.output);
  const contents = output.map((o) => (o.type === "chunk" ? o.code : o.source));
  if (contents.some((text) => /__vite-browser-external|from\s*["']node:/.test(String(text)))) {
    throw new Error("the browser bundle asks for a module of Node");
  }
  return {
    code: output.find((o) => o.type === "chunk" && o.isEntry).code,
    chunks: output.length,
    bytes: contents.reduce((n, text) => n + gzipSync(text).length, 0),
  };
}

const chromium = [process.env.XENT_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path !== undefined && existsSync(path),
);
export const hasBrowser = chromium !== undefined;

/**
 * Runs a one-file bundle in headless Chromium.
 *
 * @returns what it printed by console.log, one line each; undefined for a line that is not of plain values,
 * which a browser prints in its own way.
 */
export function runInBrowser(code) {
  const work = mkdtempSync(join(tmpdir(), "xent-page-"));
  const page = `<!doctype html><meta charset="utf-8"><body><script>
const lines = [];
const plain = (v) => ["string", "number", "boolean"].includes(typeof v);
console.log = (...args) => lines.push(args.every(plain) ? args.join(" ") : null);
const show = (text) => { document.body.textContent = "<<" + btoa(encodeURIComponent(text)) + ">>"; };
addEventListener("error", (e) => show(JSON.stringify({ error: e.message })));
</script><script type="module">${code.replaceAll("</script", "<\\/script")}
show(JSON.stringify({ lines }));
</script>`;
  try {
    writeFileSync(join(work, "page.html"), page);
    const dom = execFileSync(
      chromium,
      [
        ..."--headless --no-sandbox --disable-gpu --no-first-run --disable-sync".split(" "),
        ..."--disable-background-networking --disable-component-update --disable-quic".split(" "),
        ...[`--user-data-dir=${join(work, "profile")}`, "--virtual-time-budget=20000"],
        ...["--dump-dom", `file://${join(work, "page.html")}`],
      ],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 60_000 },
    );
    const shown = /<body>(?:<<|&lt;&lt;)([\w+/=]+)/.exec(dom);
    if (shown === null) throw new Error("the page did not finish");
    const { lines, error } = JSON.parse(decodeURIComponent(atob(shown[1])));
    if (error !== undefined) throw new Error(error);
    return lines;
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
