// Numbers as people read them.

/** Three significant digits, a true minus sign. */
export function short(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  let text;
  if (Number.isInteger(value) && size < 1e5) text = String(value);
  else if (size >= 1e5 || size < 1e-3) text = value.toExponential(1).replace("e+", "e");
  else if (size >= 100) text = value.toFixed(0);
  else if (size >= 10) text = value.toFixed(1);
  else text = value.toFixed(size >= 0.1 ? 2 : 3);
  return text.replaceAll("-", "−");
}

export function percent(value) {
  return value === null ? "–" : `${(100 * value).toFixed(1)} %`;
}

export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** x1 and x2 of a feature's name as people write them. */
export function subscripted(name) {
  return name.replaceAll("x1", "x₁").replaceAll("x2", "x₂");
}
