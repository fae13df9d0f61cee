// Of numeric 1.2.6, which has no types: what is compared here.
declare module "numeric" {
  const numeric: {
    /** Element by element. */
    exp(x: readonly number[]): number[];
    dot(a: readonly number[][], b: readonly number[][]): number[][];
    transpose(a: readonly number[][]): number[][];
  };
  export default numeric;
}
