const LETTERS: Readonly<Record<string, string>> = {
  alpha: "α",
  beta: "β",
  gamma: "γ",
  delta: "δ",
  eps: "ε",
  epsilon: "ε",
  zeta: "ζ",
  eta: "η",
  theta: "θ",
  kappa: "κ",
  lambda: "λ",
  mu: "μ",
  nu: "ν",
  pi: "π",
  rho: "ρ",
  sigma: "σ",
  tau: "τ",
  phi: "φ",
  chi: "χ",
  Gamma: "Γ",
  Delta: "Δ",
  Lambda: "Λ",
  Sigma: "Σ",
  Phi: "Φ",
  phat: "p̂",
  qhat: "q̂",
  Infinity: "∞",
};

const SIGNS: Readonly<Record<string, string>> = {
  "||": "‖",
  "<=": "≤",
  ">=": "≥",
  "->": "→",
  "+-": "±",
  "(x)": "⊗",
  sqrt: "√",
  sum: "∑",
  prod: "∏",
};

const letters = Object.keys(LETTERS).join("|");
const TOKENS = new RegExp(
  [
    "(?<code>`[^`]*`)",
    "(?<sign>\\|\\||<=|>=|->|\\+-|\\(x\\)|\\bsqrt(?=[ (])|\\b(?:sum|prod)(?=_))",
    `(?<letter>(?<![A-Za-z])(?:${letters})(?![A-Za-z]))`,
    "(?<mark>[_^])(?:\\((?<group>[^()]*)\\)|(?<run>-?[A-Za-z0-9]+|[+*]))",
  ].join("|"),
  "g",
);

/** `text` as the content of an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/**
 * A statement in the plain notation of the invariants as HTML: `x_i`, `A^T`, `2^(n - 1)` as subscripts and
 * superscripts, Greek letters by their names, sums, norms and relations as signs, text in backquotes as
 * code. Everything else stays as it is, escaped.
 */
export function typeset(statement: string): string {
  let html = "";
  let from = 0;
  for (const match of statement.matchAll(TOKENS)) {
    html += escapeHtml(statement.slice(from, match.index));
    from = match.index + match[0].length;
    const { code, sign, letter, mark, group, run } = match.groups!;
    if (code !== undefined) html += `<code>${escapeHtml(code.slice(1, -1))}</code>`;
    else if (sign !== undefined) html += SIGNS[sign]!;
    else if (letter !== undefined) html += LETTERS[letter]!;
    else {
      const tag = mark === "_" ? "sub" : "sup";
      html += `<${tag}>${typeset(group ?? run!)}</${tag}>`;
    }
  }
  return html + escapeHtml(statement.slice(from));
}
