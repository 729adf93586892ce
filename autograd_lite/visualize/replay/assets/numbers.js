// Numbers as text.

/** A number with so many significant digits, and a real minus sign. */
function numberText(x, digits = 4) {
  if (Number.isNaN(x)) return "NaN";
  if (x === Infinity) return "∞";
  if (x === -Infinity) return "−∞";
  if (x === 0) return "0";
  const rounded = Number(x.toPrecision(digits));
  const exponent = Math.floor(Math.log10(Math.abs(rounded)));
  if (Number.isInteger(x) && Math.abs(x) < 1e6) return String(x).replace("-", "−");
  const text =
    exponent < -4 || exponent >= Math.max(digits, 5)
      ? rounded.toExponential().replace("e+", "e")
      : String(rounded);
  return text.replaceAll("-", "−");
}

/** A number for a narrow cell: at most 7 characters. */
function cellText(x) {
  const size = Math.abs(x);
  if (size === 0 || !Number.isFinite(x)) return numberText(x);
  if (size < 0.001 || size >= 1e5) return x.toExponential(size < 1e-9 || size >= 1e10 ? 0 : 1).replace("e+", "e").replaceAll("-", "−");
  return numberText(x, size < 0.01 ? 2 : 3);
}

function inBrackets(x, digits) {
  const text = numberText(x, digits);
  return text.startsWith("−") ? `(${text})` : text;
}

function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

function bytesText(bytes) {
  if (bytes < 1000) return counted(bytes, "byte");
  if (bytes < 1e6) return `${numberText(bytes / 1e3, 3)} kB`;
  return bytes < 1e9 ? `${numberText(bytes / 1e6, 3)} MB` : `${numberText(bytes / 1e9, 3)} GB`;
}

function percentText(share) {
  if (share === 0) return "0%";
  if (share === 1) return "100%";
  return `${Math.round(Math.min(Math.max(share, 0.01), 0.99) * 100)}%`;
}

function shapeText(shape) {
  if (shape === null) return "several results";
  if (shape.length === 0) return "scalar";
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/** "1, 2 and 3" */
function listText(items) {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** A number as a learner may type it: "-1.5e-3", "−0.5", "1/4", ".25"; NaN for anything else. */
function typedNumber(text) {
  const plain = text.trim().replaceAll("−", "-").replace(",", ".");
  const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const [over, under, ...more] = plain.split("/").map((piece) => piece.trim());
  if (more.length || !decimal.test(over)) return NaN;
  if (under === undefined) return Number(over);
  return decimal.test(under) ? Number(over) / Number(under) : NaN;
}
