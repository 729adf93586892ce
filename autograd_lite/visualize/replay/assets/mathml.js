// Formulas. They come as MathML text; only elements of MathML are taken from it.

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

function mathml(text) {
  const root = new DOMParser().parseFromString(text, "application/xml").documentElement;
  return copied(root);
}

function copied(source) {
  if (!KNOWN.has(source.localName)) return document.createTextNode("");
  const element = document.createElementNS(MATHML, source.localName);
  for (const { name, value } of source.attributes) {
    if (ATTRIBUTES.has(name)) element.setAttribute(name, value);
    if (name === "style" && STYLES.has(value)) element.setAttribute("class", STYLES.get(value));
  }
  for (const child of source.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) element.append(child.data);
    if (child.nodeType === Node.ELEMENT_NODE) element.append(copied(child));
  }
  return element;
}

/** The formula of an operation, or of the gradient of one of its inputs; generic if none is known. */
function formulaOf(node, part, position = 0) {
  const known = node.formula;
  if (known && part === "forward") return mathml(known.forward);
  const input = known?.inputs[Math.min(position, known.inputs.length - 1)];
  if (input && input[part]) return mathml(input[part]);
  return mathml("<math><mfrac><mrow><mo>∂</mo><mi>y</mi></mrow><mrow><mo>∂</mo><mi>x</mi></mrow></mfrac></math>");
}

/** "∂J/∂name" with the name as text. */
function gradientOf(name) {
  return symbolOver("∂J", name);
}

function symbolOver(over, name) {
  const math = document.createElementNS(MATHML, "math");
  const fraction = document.createElementNS(MATHML, "mfrac");
  for (const text of [over, `∂${name}`]) {
    const piece = document.createElementNS(MATHML, "mtext");
    piece.textContent = text;
    fraction.append(piece);
  }
  math.append(fraction);
  math.setAttribute("aria-label", `${over} by ${`∂${name}`}`);
  return math;
}
