import { defineConfig, type Plugin } from "vite";
import { formulas } from "./formulas.js";

// Every browser that runs modules takes woff2: the other formats of the fonts of KaTeX are never asked for.
/** Writes the service worker: its list of files is known only when the site is built. */
function offline(): Plugin {
  return {
    name: "xent-lab-offline",
    apply: "build",
    // Last, when Vite has dropped the chunks that held nothing but a style sheet.
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const files = Object.keys(bundle).filter((name) => !/\.(map|woff|ttf)$/.test(name));
        const version = files.join("").replace(/[^\w]/g, "").slice(-4000);
        let hash = 0;
        for (const c of version) hash = (Math.imul(hash, 31) + c.charCodeAt(0)) >>> 0;
        this.emitFile({
          type: "asset",
          fileName: "service-worker.js",
          source: serviceWorker(`xent-lab-${hash.toString(36)}`, ["./", ...files]),
        });
      },
    },
  };
}

// Everything is cached at once, so that views which were never opened work offline too. Names carry a
// hash of their content, except the page itself, which is asked for anew while there is a network.
const serviceWorker = (cache: string, files: readonly string[]): string => `
const CACHE = ${JSON.stringify(cache)};
const FILES = ${JSON.stringify(files)};
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((c) => c.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((keys) => Promise.all(keys.filter((k) => k !== CACHE).map((k) => caches.delete(k))))
      .then(() => self.clients.claim()),
  );
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  const cached = () => caches.match(request, { ignoreSearch: true, ignoreVary: true });
  event.respondWith(
    request.mode === "navigate"
      ? fetch(request).catch(async () => (await cached()) ?? (await caches.match("./")))
      : cached().then((hit) => hit ?? fetch(request)),
  );
});
`;

export default defineConfig({
  // Relative addresses: the site works from any folder of any server.
  base: "./",
  plugins: [formulas(), offline()],
  // From the sources of the workspace, so that the page never shows a stale build of a package.
  resolve: { conditions: ["@xent/source", "module", "browser", "import", "default"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2022", chunkSizeWarningLimit: 700, assetsInlineLimit: 0 },
  worker: { format: "es" },
  server: { fs: { allow: ["../.."] } },
});
