import { expect, test } from "vitest";
import { suites } from "../src/registry.ts";
import { typeset } from "../src/typeset.ts";

test.each([
  [
    "(A B)_ij = sum_k a_ik b_kj",
    "(A B)<sub>ij</sub> = ∑<sub>k</sub> a<sub>ik</sub> b<sub>kj</sub>",
  ],
  ["||A^T y||_2 <= gamma_n", "‖A<sup>T</sup> y‖<sub>2</sub> ≤ γ<sub>n</sub>"],
  ["1 - phat_c in [0, 2]", "1 - p̂<sub>c</sub> in [0, 2]"],
  ["2^(n - 1) and e^-w, A^+ b", "2<sup>n - 1</sup> and e<sup>-w</sup>, A<sup>+</sup> b"],
  ["x_(g - h) for alpha in the alphabet", "x<sub>g - h</sub> for α in the alphabet"],
  ["a sum of `x_i <= y`, not of spin", "a sum of <code>x_i &#60;= y</code>, not of spin"],
  ["<script> & co", "&#60;script&#62; &#38; co"],
  ["sqrt(lambda_1) (x) I -> 0 as t -> Infinity", "√(λ<sub>1</sub>) ⊗ I → 0 as t → ∞"],
])("%s", (statement, html) => {
  expect(typeset(statement)).toBe(html);
});

test("no statement of ours loses a character, or keeps a mark of the plain notation", () => {
  for (const { invariants } of suites) {
    for (const { id, statement } of invariants) {
      const html = typeset(statement);
      const signs = statement
        .replaceAll(/`[^`]*`/g, "")
        .match(/<=|>=|\|\||(?<=[\w)|])[_^](?=[\w(+-])/g);
      const shown = html.replaceAll(/<code>.*?<\/code>/g, "").replaceAll(/<\/?su[bp]>/g, "");
      expect(shown, `${id}: ${signs?.join(" ") ?? "no signs"}`).not.toMatch(/[_^]|<=|>=|\|\|/);
    }
  }
});
