// Colours of values and classes, read from the palette; they change with the theme.

const LEVELS = 9;
const ZERO = 128; // the byte of zero; 1 and 255 are the ends of the scale
const HALF = 127;
const SHARP = 0.5; // of the scale, for a sign alone
const style = getComputedStyle(document.documentElement);

/** The value of a variable of the style sheet. */
export function variable(name) {
  return style.getPropertyValue(`--${name}`).trim();
}

/** The colour of a class: blue and orange are also the ends of the scale. */
export function classColour(index) {
  return variable(`class-${index}`);
}

function channels(hex) {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

function mixed(a, b, share) {
  return a.map((value, i) => value + (b[i] - value) * share);
}

let heat = null; // 256 entries of red, green, blue: byte 128 is zero
let classes = [];
let neutral = [];

function read() {
  const stops = Array.from({ length: LEVELS }, (_, i) => channels(variable(`heat-${i}`)));
  neutral = stops[(LEVELS - 1) / 2];
  classes = Array.from({ length: 6 }, (_, i) => channels(classColour(i)));
  heat = new Uint8ClampedArray(256 * 3);
  for (let byte = 0; byte < 256; byte++) {
    const place = ((Math.max(byte, 1) - 1) / (2 * HALF)) * (LEVELS - 1);
    const below = Math.min(Math.floor(place), LEVELS - 2);
    heat.set(mixed(stops[below], stops[below + 1], place - below), byte * 3);
  }
  heat.set(neutral, 0); // byte 0: not a number
}

/** Call `redraw` whenever the system changes between light and dark. */
export function onThemeChange(redraw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    read();
    redraw();
  });
}

function picture(side, colourAt) {
  const image = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    const colour = colourAt(i);
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = colour[c];
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/**
 * Bytes around 128 as a picture, blue below, orange above.
 *
 * `contrast` is the share of the scale that is used: behind points it is not all of it. `sharp`
 * shows the sign alone.
 */
export function heatmap(bytes, side, { contrast = 1, sharp = false } = {}) {
  if (!heat) read();
  const shades = new Uint8Array(256); // 0 stays: it is no number
  for (let byte = 1; byte < 256; byte++) {
    const value = sharp ? Math.sign(byte - ZERO) * SHARP * HALF : (byte - ZERO) * contrast;
    shades[byte] = Math.round(ZERO + value);
  }
  const image = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    const shade = shades[bytes[i]];
    image.data.set(heat.subarray(3 * shade, 3 * shade + 3), 4 * i);
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** The winning class at each point, the paler the less clearly it wins. */
export function classMap(winner, clear, side, sharp = false) {
  if (!heat) read();
  return picture(side, (i) => mixed(neutral, classes[winner[i]], sharp ? 0.45 : 0.08 + 0.42 * (clear[i] / 255)));
}
