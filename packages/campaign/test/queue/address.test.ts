import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DomainError } from "@xent/linalg";
import { describe, expect, test } from "vitest";
import { redisSettings } from "../../src/queue/address.ts";

function message(...args: Parameters<typeof redisSettings>): string {
  try {
    redisSettings(...args);
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    return (error as Error).message;
  }
  throw new Error("was accepted");
}

describe("the address of a server", () => {
  test("host, port and database", () => {
    expect(redisSettings({ url: "redis://example.org" }, {})).toEqual({
      host: "example.org",
      port: 6379,
      db: 0,
      shown: "redis://example.org:6379/0",
    });
    expect(redisSettings({ url: "rediss://[::1]:7000/3" }, {})).toEqual({
      host: "::1",
      port: 7000,
      db: 3,
      tls: {},
      shown: "rediss://[::1]:7000/3",
    });
  });

  test("credentials come from the environment, and are not shown", () => {
    const password = "p@ss/word%";
    const settings = redisSettings(
      { url: "rediss://example.org" },
      { XENT_REDIS_USERNAME: "worker", XENT_REDIS_PASSWORD: password },
    );
    expect(settings).toMatchObject({ username: "worker", password });
    expect(settings.shown).toBe("rediss://example.org:6379/0");
    expect(settings.warning).toBeUndefined();
    const whole = redisSettings(
      {},
      { XENT_REDIS_URL: `rediss://worker:${encodeURIComponent(password)}@example.org` },
    );
    expect(whole).toEqual(settings);
  });

  test("a password on the command line is refused, without repeating it", () => {
    const text = message({ url: "redis://user:hunter2@example.org" }, {});
    expect(text).toContain("list of processes");
    expect(text).toContain("XENT_REDIS_PASSWORD");
    expect(text).not.toContain("hunter2");
  });

  test("what is malformed is named, without repeating what may hold a password", () => {
    expect(message({}, {})).toContain("XENT_REDIS_URL");
    expect(message({ url: "http://example.org" }, {})).toContain("http:");
    expect(message({ url: "redis://example.org/name" }, {})).toContain("/name");
    expect(message({ url: "redis://example.org?tls=1" }, {})).toContain("query");
    expect(message({ url: "redis://" }, {})).toContain("no host");
    expect(message({ url: "redis://example.org", ca: "/ca.pem" }, {})).toContain("/ca.pem");
    expect(message({ url: "rediss://example.org", ca: "/no/such" }, {})).toContain("/no/such");
    for (const url of ["redis://u:hunter2@exa mple", "redis://u:hunter2%zz@example.org"]) {
      expect(message({}, { XENT_REDIS_URL: url })).not.toContain("hunter2");
    }
  });

  test("certificates belong to TLS, and a client's come in pairs", () => {
    const file = join(tmpdir(), `xent-address-${process.pid}.pem`);
    writeFileSync(file, "PEM");
    expect(message({ url: "redis://example.org", ca: file }, {})).toContain("rediss://");
    expect(message({ url: "rediss://example.org", cert: file }, {})).toContain("together");
    const settings = redisSettings({ url: "rediss://example.org" }, { XENT_REDIS_CA: file });
    expect(settings.tls).toEqual({ ca: "PEM" });
    rmSync(file);
  });

  test("a password over the network in the clear is warned of", () => {
    const env = { XENT_REDIS_PASSWORD: "hunter2" };
    expect(redisSettings({ url: "redis://example.org" }, env).warning).toContain("rediss://");
    expect(redisSettings({ url: "redis://127.0.0.1" }, env).warning).toBeUndefined();
    expect(redisSettings({ url: "redis://localhost" }, env).warning).toBeUndefined();
  });
});
