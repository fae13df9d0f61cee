import { type Dense, requireInteger } from "@xent/linalg";

const BYTES = Float64Array.BYTES_PER_ELEMENT;

/** Whether threads can read `data` in place. */
function isShared(data: Float64Array): boolean {
  return data.buffer instanceof SharedArrayBuffer;
}

/**
 * A matrix of zeros in memory that threads share, to be filled in place of a copy for every batch.
 *
 * @param rows - >= 0.
 * @param cols - >= 0.
 * @throws DomainError unless both are integers.
 */
export function sharedDense(rows: number, cols: number): Dense {
  requireInteger("rows", rows, 0);
  requireInteger("cols", cols, 0);
  return { rows, cols, data: new Float64Array(new SharedArrayBuffer(rows * cols * BYTES)) };
}

/** Shared memory that grows to the largest request and is used again by the next. */
export class SharedSpace {
  private memory = new SharedArrayBuffer(0);

  /** `length` doubles, contents undefined. */
  array(length: number): Float64Array {
    if (length * BYTES > this.memory.byteLength) {
      this.memory = new SharedArrayBuffer(length * BYTES);
    }
    return new Float64Array(this.memory, 0, length);
  }

  /** `matrix` itself where it is shared already, else a copy. */
  share(matrix: Dense): Dense {
    const { rows, cols, data } = matrix;
    if (isShared(data)) return { rows, cols, data };
    const copy = this.array(data.length);
    copy.set(data);
    return { rows, cols, data: copy };
  }
}
