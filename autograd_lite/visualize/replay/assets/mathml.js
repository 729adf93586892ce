// Formulas. They come as MathML text with placeholders for the symbols of values; only elements of
// MathML are taken from it.

const MATHML = "http://www.w3.org/1998/Math/MathML";
const KNOWN = new Set(
  "math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd".split(" "),
);
// Without "accent": some fonts then set the bar of an upstream gradient right onto the letter.
const ATTRIBUTES = new Set(["display", "form", "stretchy", "mathvariant", "width"]);
const STYLES = new Map([
  ["font-weight:bold", "bold"],
  ["text-align:left", "left"],
]);
const PLACEHOLDERS = 0xe000; // the first of a private range of letters: the result, then the inputs
const SYMBOL_PARTS = /([A-Za-z\u0370-\u03ff]+)(?:([₀-₉][₀-₉, ]*)|_\(?([A-Za-z]+)\)?)?|([\d.]+(?:e[−-]?\d+)?)|(\S)/gu;

/** A formula; `symbols` gives the text of the symbol for each placeholder. */
function mathml(text, symbols = []) {
  const root = new DOMParser().parseFromString(text, "application/xml").documentElement;
  return copied(root, symbols);
}

function copied(source, symbols) {
  if (!KNOWN.has(source.localName)) return document.createTextNode("");
  const placeholder = source.localName === "mi" ? source.textContent.codePointAt(0) - PLACEHOLDERS : -1;
  if (placeholder >= 0 && placeholder < symbols.length) return symbolOf(symbols[placeholder]);
  const element = mathElement(source.localName);
  for (const { name, value } of source.attributes) {
    if (ATTRIBUTES.has(name)) element.setAttribute(name, value);
    if (name === "style" && STYLES.has(value)) element.setAttribute("class", STYLES.get(value));
  }
  for (const child of source.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) element.append(child.data);
    if (child.nodeType === Node.ELEMENT_NODE) element.append(copied(child, symbols));
  }
  return element;
}

function mathElement(name, ...children) {
  const element = document.createElementNS(MATHML, name);
  element.append(...children);
  return element;
}

/** A symbol's text, "v₁", "y_true", "(1 − y)", as MathML. */
function symbolOf({ text, isSymbol }) {
  if (!isSymbol) return mathElement("mtext", text);
  const parts = [...text.matchAll(SYMBOL_PARTS)].map(([, letters, index, below, number, sign], i) => {
    if (number !== undefined) return mathElement("mn", number);
    if (letters === undefined) return operator(sign, i < 2);
    const letter = mathElement("mi", letters);
    if (below) return mathElement("msub", letter, mathElement("mi", below));
    return index ? mathElement("msub", letter, mathElement("mn", lined(index))) : letter;
  });
  return parts.length === 1 ? parts[0] : mathElement("mrow", ...parts);
}

/** A sign of a symbol; at the start a minus stands before what it negates. */
function operator(sign, isFirst) {
  const element = mathElement("mo", sign);
  if (sign === "(" || (sign === "−" && isFirst)) element.setAttribute("form", "prefix");
  if (sign === ")") element.setAttribute("form", "postfix");
  return element;
}

/** Digits below the line as plain ones. */
function lined(index) {
  return index.replace(/[₀-₉]/gu, (digit) => String.fromCodePoint(digit.codePointAt(0) - 0x2080 + 48));
}

/** The formulas in the symbols of the computation: the same on the whole page, as `explain` has them. */
class Notation {
  constructor(graph) {
    this.graph = graph;
  }

  symbol(node) {
    return { text: node.symbol, isSymbol: node.isSymbol };
  }

  /** The symbol alone, as a formula. */
  alone(node) {
    return mathElement("math", symbolOf(this.symbol(node)));
  }

  /** The formula of an operation ("forward"), or of one of its inputs: "derivative", "gradient". */
  formula(node, part, position = 0) {
    const known = node.formula;
    if (part === "forward") return known ? mathml(known.forward, this.symbols(node)) : null;
    const inputs = known?.inputs ?? [];
    const at = Math.min(position, inputs.length - 1);
    if (!inputs[at]?.[part]) return null;
    const symbols = this.symbols(node);
    if (at !== position) symbols[at + 1] = symbols[position + 1];
    return mathml(inputs[at][part], symbols);
  }

  symbols(node) {
    const symbols = [this.symbol(node)];
    for (const edge of node.inputs) symbols[edge.position + 1] = this.symbol(this.graph.nodes[edge.source]);
    return symbols;
  }

  /** ∂J/∂x. */
  gradient(node) {
    return this.quotient(this.graph.result, node);
  }

  quotient(over, under) {
    const d = (node) => mathElement("mrow", mathElement("mo", "∂"), symbolOf(this.symbol(node)));
    const math = mathElement("math", mathElement("mfrac", d(over), d(under)));
    math.setAttribute("aria-label", `∂${over.symbol} by ∂${under.symbol}`);
    return math;
  }
}
