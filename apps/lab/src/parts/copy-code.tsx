import { useState } from "preact/hooks";

interface CopyCodeProps {
  /** A Node script that prints the numbers on the page. */
  readonly script: () => string;
}

/** Copies the script, and shows it: to read before running it, and where the clipboard is closed. */
export function CopyCode({ script }: CopyCodeProps) {
  const [told, setTold] = useState("");
  const [text, setText] = useState<string | undefined>(undefined);
  const copy = async (): Promise<void> => {
    const code = script();
    setText(code);
    try {
      await navigator.clipboard.writeText(code);
      setTold("Copied. Save it as a .mjs file next to the packages and run it with node.");
    } catch {
      setTold("The clipboard is closed here: select the text below.");
    }
  };
  return (
    <section class="copy-code">
      <button type="button" class="primary" onClick={() => void copy()} data-action="copy-code">
        Copy the code
      </button>
      <span role="status" class="hint">
        {told}
      </span>
      {text !== undefined && (
        // Scrolls on its own, so the keyboard must reach it.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls
        <pre tabIndex={0} role="region" aria-label="Node script" data-script>
          {text}
        </pre>
      )}
    </section>
  );
}
