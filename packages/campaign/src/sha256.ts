// The Web Crypto digest is asynchronous, and a plan is a synchronous generator on any platform; hence SHA-256 in
// plain TypeScript, FIPS 180-4 section 6.2.

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const ROUND: Uint32Array = fractions(64, Math.cbrt);
/** Of the square roots of the first 8 primes (5.3.3). */
const START: Uint32Array = fractions(8, Math.sqrt);

/**
 * A double holds 53 bits, of which at most 5 stand before the point (cbrt(311) < 7, sqrt(19) < 5): the 32 bits after it are
 * exact unless the bits beyond them are all equal, which the test against another SHA-256 excludes.
 */
function fractions(count: number, root: (x: number) => number): Uint32Array {
  const out = new Uint32Array(count);
  for (let n = 2, found = 0; found < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) prime &&= n % d !== 0;
    if (prime) out[found++] = (root(n) % 1) * 2 ** 32;
  }
  return out;
}

const schedule = new Uint32Array(64);

function rotate(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by));
}

function compress(state: Uint32Array, block: DataView, offset: number): void {
  const w = schedule;
  for (let i = 0; i < 16; i++) w[i] = block.getUint32(offset + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i]! + w[i]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((x, i) => {
    state[i] = state[i]! + x;
  });
}

/** SHA-256 of the UTF-8 bytes of `text`, as 64 lower-case hexadecimal digits. Cost: O(n). */
export function sha256Hex(text: string): string {
  const bytes = new TextEncoder().encode(text);
  // One bit 1, zeros, and the length in bits as 64-bit big-endian fill the last block.
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const state = START.slice();
  for (let offset = 0; offset < padded.length; offset += 64) compress(state, view, offset);
  return Array.from(state, (x) => x.toString(16).padStart(8, "0")).join("");
}
