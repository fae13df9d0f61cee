import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { DomainError } from "@xent/linalg";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { NondeterminismError, StoreError, StoreLockedError, sha256Hex } from "../src/index.ts";
import { type FileCalls, FileStore } from "../src/node.ts";

const root = mkdtempSync(join(tmpdir(), "xent-store-"));
afterAll(() => {
  rmSync(root, { recursive: true });
});
let made = 0;
const newFolder = (): string => join(root, String(made++));
const fileOf = (folder: string): string => join(folder, "results.jsonl");
const id = (i: number): string => sha256Hex(String(i));
const stats = { ms: 3, attempts: 1 };

describe("FileStore", () => {
  test("keeps results over closing, and the same bytes once", () => {
    const folder = newFolder();
    const first = new FileStore(folder);
    expect(first.put(id(1), '{"x":1}', stats)).toBe(true);
    expect(first.put(id(1), '{"x":1}', { ms: 9, attempts: 2 })).toBe(false);
    first.putFailure(id(2), { error: 'threw ","result": }', attempts: 3 });
    expect(first.put(id(3), '"µ😀\\n"', stats)).toBe(true);
    first.close();
    first.close();
    const lines = readFileSync(fileOf(folder), "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    for (const line of lines) JSON.parse(line);
    const again = new FileStore(folder);
    expect([again.size, again.damaged]).toEqual([3, 0]);
    expect(again.get(id(1))).toEqual({ state: "done", result: '{"x":1}', stats });
    expect(again.get(id(2))).toEqual({
      state: "failed",
      failure: { error: 'threw ","result": }', attempts: 3 },
    });
    expect(again.get(id(3))).toEqual({ state: "done", result: '"µ😀\\n"', stats });
    expect([again.get(id(4)), again.stateOf(id(4))]).toEqual([undefined, undefined]);
    again.close();
  });

  test("another result under a known id is an error that shows where they differ", () => {
    const store = new FileStore(newFolder());
    store.put(id(1), '{"value":0.30000000000000004}', stats);
    const put = (): boolean => store.put(id(1), '{"value":0.3}', stats);
    expect(put).toThrow(NondeterminismError);
    expect(put).toThrow("differ from character 12");
    expect(store.get(id(1))).toMatchObject({ result: '{"value":0.30000000000000004}' });
    store.close();
  });

  test("a failure is replaced by a result, and never a result by a failure", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    store.putFailure(id(1), { error: "e", attempts: 1 });
    expect(store.stateOf(id(1))).toBe("failed");
    store.put(id(1), "1", stats);
    store.putFailure(id(1), { error: "late", attempts: 2 });
    store.close();
    const again = new FileStore(folder);
    expect(again.get(id(1))).toMatchObject({ state: "done", result: "1" });
    again.close();
  });

  test("cut anywhere, it loses the cut result alone, and goes on", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    const ends: number[] = [];
    for (let i = 0; i < 4; i++) {
      store.put(id(i), JSON.stringify({ i, text: "é".repeat(i) }), stats);
      ends.push(statSync(fileOf(folder)).size);
    }
    store.close();
    const whole = readFileSync(fileOf(folder));
    for (let length = 0; length <= whole.length; length += 7) {
      writeFileSync(fileOf(folder), whole.subarray(0, length));
      const cut = new FileStore(folder);
      const kept = ends.filter((end) => end <= length).length;
      expect(cut.size).toBe(kept);
      for (let i = 0; i < 4; i++) cut.put(id(i), JSON.stringify({ i, text: "é".repeat(i) }), stats);
      cut.close();
      expect(readFileSync(fileOf(folder))).toEqual(whole);
    }
  });

  test("a flipped bit costs the result it is in, and nothing else", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    for (let i = 0; i < 3; i++) store.put(id(i), JSON.stringify({ i }), stats);
    store.close();
    const whole = readFileSync(fileOf(folder));
    const header = whole.indexOf(10) + 1;
    const ends = [0, 1, 2].map((i) => whole.indexOf(id(i)) - 7).concat(whole.length);
    fc.assert(
      fc.property(
        fc.integer({ min: header, max: whole.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        (at, bit) => {
          const bytes = Buffer.from(whole);
          bytes[at] = bytes[at]! ^ (1 << bit);
          writeFileSync(fileOf(folder), bytes);
          const damaged = new FileStore(folder, { readOnly: true });
          const hit = ends.findIndex((end, i) => i > 0 && at < end) - 1;
          // A line end that is lost takes the next line with it; one that is won cuts a line in two.
          const lost = whole[at] === 10 && hit < 2 ? [hit, hit + 1] : [hit];
          for (let i = 0; i < 3; i++) {
            const known = damaged.get(id(i));
            if (lost.includes(i)) expect(known).toBeUndefined();
            else expect(known).toEqual({ state: "done", result: `{"i":${i}}`, stats });
          }
          expect(damaged.damaged).toBeGreaterThan(0);
          damaged.close();
        },
      ),
    );
  });

  test("thousands of ids are all found, none that was not put", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    for (let i = 0; i < 5000; i++) store.put(id(i), String(i), stats);
    store.close();
    const again = new FileStore(folder, { readOnly: true });
    expect(again.size).toBe(5000);
    for (let i = 0; i < 5000; i++) expect(again.get(id(i))).toMatchObject({ result: String(i) });
    for (let i = 5000; i < 10_000; i++) expect(again.stateOf(id(i))).toBeUndefined();
    again.close();
  });

  test("lines longer than a chunk of reading are read whole", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    const long = JSON.stringify("x".repeat(5_000_000));
    store.put(id(1), long, stats);
    store.put(id(2), "2", stats);
    store.close();
    const again = new FileStore(folder, { readOnly: true });
    expect(again.get(id(1))).toMatchObject({ result: long });
    expect(again.get(id(2))).toMatchObject({ result: "2" });
    again.close();
  });

  test("is not opened over something else, nor over two results of one job", () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(fileOf(folder), "name,value\na,1\n");
    expect(() => new FileStore(folder)).toThrow(DomainError);
    expect(existsSync(join(folder, "lock"))).toBe(false);
    const [a, b] = [newFolder(), newFolder()];
    for (const [where, result] of [
      [a, "1"],
      [b, "2"],
    ] as const) {
      const store = new FileStore(where);
      store.put(id(1), result, stats);
      store.close();
    }
    const line = readFileSync(fileOf(b), "utf8").split("\n")[1]!;
    appendFileSync(fileOf(a), `${line}\n`);
    expect(() => new FileStore(a)).toThrow(NondeterminismError);
    expect(() => new FileStore(newFolder(), { readOnly: true })).toThrow("holds no campaign");
  });
});

describe("a disk that fails", () => {
  /** Real calls, of which writes fail once `room` bytes are used up; a last write may be partial. */
  function fullDisk(room: number, code: string): FileCalls & { room: number } {
    const calls = {
      room,
      write(fd: number, bytes: Uint8Array, from: number, length: number, at: number): number {
        if (calls.room <= 0) throw Object.assign(new Error(`${code}: write`), { code });
        const n = writeSync(fd, bytes, from, Math.min(length, calls.room), at);
        calls.room -= n;
        return n;
      },
      truncate: ftruncateSync,
      sync: () => undefined,
    };
    return calls;
  }

  test.each(["ENOSPC", "EIO"])(
    "%s is a typed error; what was there stays, later puts work",
    (code) => {
      for (let room = 200; room < 700; room += 41) {
        const folder = newFolder();
        const calls = fullDisk(room, code);
        const store = new FileStore(folder, { calls });
        let kept = 0;
        let caught: unknown;
        try {
          for (; ; kept++) store.put(id(kept), String(kept), stats);
        } catch (error) {
          caught = error;
        }
        expect(caught).toBeInstanceOf(StoreError);
        expect(caught).toMatchObject({ systemCode: code });
        expect((caught as Error).message).toContain(`the ${kept} results before it are kept`);
        for (let i = 0; i < kept; i++)
          expect(store.get(id(i))).toMatchObject({ result: String(i) });
        expect(store.stateOf(id(kept))).toBeUndefined();
        const reader = new FileStore(folder, { readOnly: true });
        expect([reader.size, reader.damaged]).toEqual([kept, 0]);
        reader.close();
        calls.room = 10_000; // somebody made room
        expect(store.put(id(kept), String(kept), stats)).toBe(true);
        store.close();
        const again = new FileStore(folder);
        expect([again.size, again.damaged]).toEqual([kept + 1, 0]);
        again.close();
      }
    },
  );

  test("when the part of a line cannot be cut off either, it is dropped at the next opening", () => {
    const folder = newFolder();
    const calls = fullDisk(300, "EIO");
    calls.truncate = () => {
      throw Object.assign(new Error("EIO"), { code: "EIO" });
    };
    const store = new FileStore(folder, { calls });
    store.put(id(0), "0", stats);
    expect(() => store.put(id(1), `"${"x".repeat(300)}"`, stats)).toThrow(StoreError);
    expect(store.get(id(0))).toMatchObject({ result: "0" });
    store.close();
    expect(readFileSync(fileOf(folder), "utf8").endsWith("\n")).toBe(false);
    const again = new FileStore(folder);
    expect([again.size, again.damaged]).toEqual([1, 1]);
    again.close();
  });

  test("a sync that fails is an error, and is tried again", () => {
    let broken = true;
    const calls: FileCalls = {
      write: writeSync,
      truncate: ftruncateSync,
      sync: () => {
        if (broken) throw Object.assign(new Error("EIO: fdatasync"), { code: "EIO" });
      },
    };
    const store = new FileStore(newFolder(), { calls, syncEvery: 0 });
    expect(() => store.put(id(1), "1", stats)).toThrow("cannot sync");
    expect(() => store.sync()).toThrow(StoreError);
    broken = false;
    store.close();
  });

  const mountPoint = join(root, "tmpfs");
  mkdirSync(mountPoint);
  const mounted =
    process.platform === "linux" &&
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", mountPoint]).status === 0;
  if (!mounted) console.log("a small tmpfs cannot be mounted here (needs root): test skipped");
  afterAll(() => {
    if (mounted) spawnSync("umount", [mountPoint]);
  });

  test.skipIf(!mounted)(
    "a tmpfs of 64 kB fills up, keeps what it has, and goes on with more room",
    () => {
      const folder = join(mountPoint, "store");
      const store = new FileStore(folder);
      const filler = join(mountPoint, "filler");
      writeFileSync(filler, Buffer.alloc(16 * 1024));
      let kept = 0;
      const fill = (): void => {
        for (; ; kept++) store.put(id(kept), JSON.stringify("x".repeat(100 + kept)), stats);
      };
      expect(fill).toThrow(
        /no space left on the device \(ENOSPC\); the \d+ results before it are kept/,
      );
      expect(kept).toBeGreaterThan(10);
      const before = kept;
      truncateSync(filler, 0);
      expect(fill).toThrow(StoreError);
      expect(kept).toBeGreaterThan(before);
      store.close();
      const again = new FileStore(folder, { readOnly: true });
      expect([again.size, again.damaged]).toEqual([kept, 0]);
      again.close();
    },
  );
});

describe("the lock of a store", () => {
  test("keeps a second coordinator out, in this process or another, and readers in", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    expect(() => new FileStore(folder)).toThrow(StoreLockedError);
    expect(() => new FileStore(folder)).toThrow(`in use by process ${process.pid}`);
    new FileStore(folder, { readOnly: true }).close();
    store.close();
    new FileStore(folder).close();
    expect(existsSync(join(folder, "lock"))).toBe(false);
  });

  test("of a process that is gone is taken over; of another machine, or unreadable, it is not", () => {
    const folder = newFolder();
    mkdirSync(folder);
    const lock = join(folder, "lock");
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(lock, JSON.stringify({ pid: gone, host: hostname() }));
    new FileStore(folder).close();
    writeFileSync(lock, JSON.stringify({ pid: gone, host: `${hostname()}-other` }));
    expect(() => new FileStore(folder)).toThrow(`process ${gone} on ${hostname()}-other`);
    writeFileSync(lock, "something");
    expect(() => new FileStore(folder)).toThrow("no lock of this program");
    expect(readFileSync(lock, "utf8")).toBe("something");
  });

  test("is not removed by a coordinator whose lock was taken away", () => {
    const folder = newFolder();
    const store = new FileStore(folder);
    writeFileSync(join(folder, "lock"), "another's");
    store.close();
    expect(readFileSync(join(folder, "lock"), "utf8")).toBe("another's");
  });
});
