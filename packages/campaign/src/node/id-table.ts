/** Where a record stands in the file. */
export interface Place {
  readonly offset: number;
  readonly length: number;
  readonly failed: boolean;
}

/** 128 bits of the SHA-256: among 1e9 ids two agree with probability 1e18 / 2^129 = 1.5e-21. */
const WORDS = 4;

/**
 * Job ids to places, in an open-addressed table on typed arrays: 29 bytes a slot, half to a quarter of
 * the slots free, so 39 to 78 bytes a job where a Map of strings takes several times that. Lookup O(1).
 */
export class IdTable {
  #mask = 1023;
  #keys = new Uint32Array(1024 * WORDS);
  #offsets = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  /** 0 free, 1 done, 2 failed. */
  #states = new Uint8Array(1024);
  #size = 0;
  readonly #key = new Uint32Array(WORDS);

  get size(): number {
    return this.#size;
  }

  get(id: string): Place | undefined {
    this.#read(id);
    const slot = this.#slot(this.#key, 0);
    if (this.#states[slot] === 0) return undefined;
    return {
      offset: this.#offsets[slot]!,
      length: this.#lengths[slot]!,
      failed: this.#states[slot] === 2,
    };
  }

  set(id: string, place: Place): void {
    // Full at three quarters: beyond that linear probing grows long.
    if (4 * (this.#size + 1) > 3 * (this.#mask + 1)) this.#grow();
    this.#read(id);
    const slot = this.#slot(this.#key, 0);
    if (this.#states[slot] === 0) {
      this.#size++;
      this.#keys.set(this.#key, slot * WORDS);
    }
    this.#offsets[slot] = place.offset;
    this.#lengths[slot] = place.length;
    this.#states[slot] = place.failed ? 2 : 1;
  }

  #read(id: string): void {
    for (let i = 0; i < WORDS; i++) {
      this.#key[i] = Number.parseInt(id.slice(8 * i, 8 * i + 8), 16);
    }
  }

  /** The slot of a key, or the free one where it would go. SHA-256 is its own hash function. */
  #slot(keys: Uint32Array, at: number): number {
    let slot = keys[at]! & this.#mask;
    while (this.#states[slot] !== 0) {
      const base = slot * WORDS;
      let same = true;
      for (let i = 0; i < WORDS; i++) same &&= this.#keys[base + i] === keys[at + i];
      if (same) return slot;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(): void {
    const [keys, offsets, lengths, states] = [
      this.#keys,
      this.#offsets,
      this.#lengths,
      this.#states,
    ];
    const slots = 2 * states.length;
    this.#mask = slots - 1;
    this.#keys = new Uint32Array(slots * WORDS);
    this.#offsets = new Float64Array(slots);
    this.#lengths = new Uint32Array(slots);
    this.#states = new Uint8Array(slots);
    for (let old = 0; old < states.length; old++) {
      if (states[old] === 0) continue;
      const slot = this.#slot(keys, old * WORDS);
      for (let i = 0; i < WORDS; i++) this.#keys[slot * WORDS + i] = keys[old * WORDS + i]!;
      this.#offsets[slot] = offsets[old]!;
      this.#lengths[slot] = lengths[old]!;
      this.#states[slot] = states[old]!;
    }
  }
}
