/** A matrix as entry (i, j) = data[i * rowStride + j * colStride]; one stride is 1, the other the row length stored. */
export interface Strided {
  readonly data: Float64Array;
  readonly rowStride: number;
  readonly colStride: number;
}
