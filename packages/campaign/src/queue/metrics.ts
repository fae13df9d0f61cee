import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DomainError } from "@xent/linalg";
import type { QueueEngine } from "./engine.js";
import type { QueueStatus } from "./status.js";
import type { WorkerCounters } from "./worker.js";

/** A number with a name, as Prometheus reads it. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly {
    readonly labels?: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

/** The text format of Prometheus, version 0.0.4. */
export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, type, help, samples }) => {
      const lines = samples.map(({ labels = {}, value }) => {
        const list = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
        return `${name}${list.length === 0 ? "" : `{${list.join(",")}}`} ${value}`;
      });
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
    })
    .join("");
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`));
}

/** What `status` exports of each queue. */
export function statusMetrics(all: readonly QueueStatus[]): Metric[] {
  const of = (status: QueueStatus): Record<string, string> => ({
    queue: status.queue,
    campaign: status.campaign,
    version: status.version,
  });
  const gauge = (name: string, help: string, value: (s: QueueStatus) => number): Metric => ({
    name,
    type: "gauge",
    help,
    samples: all.map((s) => ({ labels: of(s), value: value(s) })),
  });
  return [
    gauge("xent_campaign_jobs_planned", "Jobs of the plan", (s) => s.total),
    gauge("xent_campaign_jobs_done", "Jobs with a result in the store", (s) => s.done),
    gauge("xent_campaign_jobs_given_up", "Jobs that failed at their last attempt", (s) => s.failed),
    gauge("xent_campaign_jobs_per_second", "Results a second, last minute", (s) => s.perSecond),
    gauge("xent_campaign_jobs_resent", "Jobs the server lost, sent again", (s) => s.resent),
    gauge("xent_campaign_workers", "Connected workers", (s) => s.workers),
    gauge("xent_campaign_coordinated", "1 if a coordinator is at work", (s) =>
      s.coordinator === null ? 0 : 1,
    ),
    {
      ...gauge("xent_campaign_seconds_left", "Time until the plan is done, at this rate", () => 0),
      samples: all.flatMap((s) => (s.eta === null ? [] : [{ labels: of(s), value: s.eta }])),
    },
  ];
}

/** What a coordinator exports of its run. */
export function engineMetrics(engine: QueueEngine): Metric[] {
  const { counters } = engine;
  const counter = (name: string, help: string, value: number): Metric => ({
    name,
    type: "counter",
    help,
    samples: [{ value }],
  });
  return [
    counter("xent_coordinator_jobs_sent_total", "Jobs put on the queue", counters.sent),
    counter("xent_coordinator_results_total", "Results given to the store", counters.told),
    counter("xent_coordinator_given_up_total", "Jobs that were given up", counters.failed),
    counter("xent_coordinator_resent_total", "Jobs the server lost, sent again", counters.resent),
    counter("xent_coordinator_refused_total", "Results that were not valid", counters.refused),
    {
      name: "xent_coordinator_outstanding",
      type: "gauge",
      help: "Jobs on the queue without a word",
      samples: [{ value: engine.outstanding }],
    },
    {
      name: "xent_coordinator_jobs_per_second",
      type: "gauge",
      help: "Results a second, last minute",
      samples: [{ value: engine.perSecond }],
    },
  ];
}

/** What a worker exports of itself. */
export function workerMetrics(counters: Readonly<WorkerCounters>): Metric[] {
  const by = (outcome: string, value: number): Metric["samples"][number] => ({
    labels: { outcome },
    value,
  });
  return [
    {
      name: "xent_worker_jobs_total",
      type: "counter",
      help: "Jobs by what became of them here",
      samples: [
        by("done", counters.done),
        by("failed", counters.failed),
        by("returned", counters.returned),
      ],
    },
    {
      name: "xent_worker_stalled_total",
      type: "counter",
      help: "Abandoned jobs, of any worker, that this one put back on the queue",
      samples: [{ value: counters.stalled }],
    },
    {
      name: "xent_worker_busy_seconds_total",
      type: "counter",
      help: "Time of work of all jobs that were done",
      samples: [{ value: counters.busy / 1000 }],
    },
    {
      name: "xent_worker_active",
      type: "gauge",
      help: "Jobs that run now",
      samples: [{ value: counters.active }],
    },
  ];
}

/** Serves `GET /metrics`. It has no login: keep it on loopback or behind a firewall. */
export class MetricsServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @param address - `port`, on loopback, or `host:port`; port 0 takes a free one.
   * @throws DomainError for an address that is none, or is taken.
   */
  static async start(address: string, collect: () => Promise<string>): Promise<MetricsServer> {
    const match = /^(?:(.+):)?(\d{1,5})$/.exec(address);
    const port = Number(match?.[2]);
    if (match === null || port > 65_535) {
      throw new DomainError(`metrics address "${address}" is neither a port nor host:port`);
    }
    const server = createServer((request, response) => {
      if (request.method !== "GET" || request.url !== "/metrics") {
        response.writeHead(404).end("only GET /metrics is here\n");
        return;
      }
      collect().then(
        (text) => {
          response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
          response.end(text);
        },
        (error: unknown) => {
          response.writeHead(503).end(`${(error as Error).message}\n`);
        },
      );
    });
    server.listen(port, match[1]?.replace(/^\[(.*)\]$/, "$1") ?? "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      throw new DomainError(`cannot serve metrics at ${address}: ${(error as Error).message}`);
    }
    return new MetricsServer(server);
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${port}/metrics`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
