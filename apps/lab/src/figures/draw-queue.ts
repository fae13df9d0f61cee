// Figures are drawn one a task: a page with six of them answers to the pointer between any two.
const waiting = new Map<object, () => void>();
let scheduled = false;

function drawNext(): void {
  const next = waiting.entries().next();
  if (next.done === true) {
    scheduled = false;
    return;
  }
  const [owner, draw] = next.value;
  waiting.delete(owner);
  setTimeout(drawNext);
  draw();
}

/** Draws soon; a later request of the same owner replaces an earlier one that still waits. */
export function drawSoon(owner: object, draw: () => void): void {
  waiting.set(owner, draw);
  if (!scheduled) {
    scheduled = true;
    setTimeout(drawNext);
  }
}

/** Takes back what waits for an owner that goes away. */
export function forgetDrawing(owner: object): void {
  waiting.delete(owner);
}
