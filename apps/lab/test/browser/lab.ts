import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";
import { preview } from "vite";

const root = join(import.meta.dirname, "../..");

/** Where Debian puts it; another place by XENT_CHROMIUM. */
export const CHROMIUM: string = process.env["XENT_CHROMIUM"] ?? "/usr/bin/chromium";

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
}

/** A page with all that went wrong on it. */
export interface LabPage {
  readonly page: Page;
  /** Console errors, exceptions, and requests that left this machine or failed. */
  readonly problems: string[];
  /** Paths of everything that was loaded. */
  readonly loaded: ReadonlySet<string>;
}

/** The built site behind a server of its own, in a browser of its own. */
export interface Lab {
  readonly address: string;
  readonly context: BrowserContext;
  open(hash: string, options?: OpenOptions): Promise<LabPage>;
  close(): Promise<void>;
}

export async function startLab(): Promise<Lab> {
  if (!existsSync(join(root, "dist/index.html")))
    throw new Error("dist is missing: npm run build -w apps/lab");
  const server = await preview({
    root,
    logLevel: "error",
    preview: { host: "127.0.0.1", port: 0 },
  });
  const address = server.resolvedUrls!.local[0]!;
  const profile = mkdtempSync(join(tmpdir(), "xent-lab-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    acceptDownloads: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], {
    origin: new URL(address).origin,
  });
  return {
    address,
    context,
    async open(hash, options = {}) {
      const page = await context.newPage();
      await page.setViewportSize({ width: options.width ?? 1280, height: options.height ?? 900 });
      await page.emulateMedia({ colorScheme: options.theme ?? "light" });
      const problems: string[] = [];
      const loaded = new Set<string>();
      page.on("response", (r) => {
        if (r.url().startsWith(address)) loaded.add(new URL(r.url()).pathname);
      });
      page.on("console", (m) => {
        if (m.type() === "error" || m.type() === "warning")
          problems.push(`${m.type()}: ${m.text()}`);
      });
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("requestfailed", (r) => problems.push(`failed: ${r.url()}`));
      page.on("request", (r) => {
        const { protocol, origin } = new URL(r.url());
        const local = origin === new URL(address).origin;
        if (!local && protocol !== "data:" && protocol !== "blob:")
          problems.push(`left this machine: ${r.url()}`);
      });
      await page.goto(address + hash);
      return { page, problems, loaded };
    },
    async close() {
      await context.close();
      await server.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** The number behind a readout, in full. */
export async function numberOf(page: Page, name: string): Promise<number> {
  const text = await page.locator(`[data-value="${name}"]`).getAttribute("data-number");
  return text === null || text === "" ? Number.NaN : Number(text);
}

/** All readouts by name. */
export async function numbersOf(page: Page): Promise<Record<string, number>> {
  const entries = await page
    .locator("[data-value]")
    .evaluateAll((elements) =>
      elements.map((e) => [e.getAttribute("data-value"), Number(e.getAttribute("data-number"))]),
    );
  return Object.fromEntries(entries) as Record<string, number>;
}

export interface TaskTimes {
  /** Processor milliseconds of the longest task: what the page costs, however busy the machine is. */
  readonly processor: number;
  /** Milliseconds on the clock of the longest task. */
  readonly clock: number;
  readonly count: number;
  /** Processor milliseconds of all tasks together. */
  readonly total: number;
}

/** Runs `work` and measures the tasks of the page's main thread meanwhile. */
export async function mainThreadTasks(page: Page, work: () => Promise<void>): Promise<TaskTimes> {
  const session: CDPSession = await page.context().newCDPSession(page);
  type TraceEvent = {
    ph: string;
    name: string;
    pid: number;
    tid: number;
    dur?: number;
    tdur?: number;
    args?: { name?: string };
  };
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) =>
    events.push(...(value as unknown as TraceEvent[])),
  );
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: [
        "toplevel",
        "devtools.timeline",
        "disabled-by-default-devtools.timeline",
      ],
    },
  });
  await work();
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  const threads = new Set(
    events
      .filter((e) => e.ph === "M" && e.name === "thread_name" && e.args?.name === "CrRendererMain")
      .map((e) => `${e.pid}/${e.tid}`),
  );
  const tasks = events.filter(
    (e) => e.ph === "X" && /RunTask$/.test(e.name) && threads.has(`${e.pid}/${e.tid}`),
  );
  const longest = (of: (e: TraceEvent) => number): number =>
    tasks.reduce((m, e) => Math.max(m, of(e) / 1000), 0);
  return {
    processor: longest((e) => e.tdur ?? e.dur ?? 0),
    clock: longest((e) => e.dur ?? 0),
    count: tasks.length,
    total: tasks.reduce((sum, e) => sum + (e.tdur ?? e.dur ?? 0) / 1000, 0),
  };
}

/** Source of axe-core, to be run in the page. */
export const AXE_SOURCE: string = readFileSync(
  join(root, "../../node_modules/axe-core/axe.min.js"),
  "utf8",
);

/** What axe finds wrong, one line each. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  await page.evaluate(AXE_SOURCE);
  return page.evaluate(async () => {
    const axe = (
      globalThis as unknown as {
        axe: {
          run(): Promise<{
            violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
          }>;
        };
      }
    ).axe;
    const { violations } = await axe.run();
    return violations.map(
      (v) =>
        `${v.id}: ${v.nodes
          .slice(0, 3)
          .map((n) => `${n.target.join(" ")} (${n.failureSummary})`)
          .join("; ")}`,
    );
  });
}
