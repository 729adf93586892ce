// The Python program of the network, with its colours, and a button that copies it.

import { byId, element } from "./elements.js";

const TOKENS = /(#[^\n]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\b(import|as|def|return|for|in|if|with|del|print)\b|(?<![\w.])(\d+\.?\d*(?:e[+-]?\d+)?)/g;
const KINDS = ["comment", "string", "keyword", "number"];
const MOST_COLOURED = 20_000; // characters: beyond, it is a long list of points

export class Code {
  constructor() {
    this.text = "";
    byId("copy").addEventListener("click", () => this.copy());
  }

  show(text) {
    if (text === this.text) return;
    this.text = text;
    byId("code").replaceChildren(...(text.length > MOST_COLOURED ? [text] : this.coloured(text)));
  }

  coloured(text) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(TOKENS)) {
      const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)];
      parts.push(text.slice(end, match.index), element("span", { className: `code-${kind}` }, match[0]));
      end = match.index + match[0].length;
    }
    return [...parts, text.slice(end)];
  }

  async copy() {
    const button = byId("copy");
    try {
      await navigator.clipboard.writeText(this.text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(byId("code")); // so that the user's own Ctrl-C copies it
      button.textContent = "Press Ctrl-C";
    }
    setTimeout(() => (button.textContent = "Copy"), 1500);
  }
}
