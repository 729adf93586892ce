// Values as colours: one diverging scale, zero in the middle, for thumbnails and tables.

class Colours {
  constructor(heat) {
    this.heat = heat;
    this.byTheme = {};
    for (const [theme, stops] of Object.entries(heat)) this.byTheme[theme] = stops.map(channels);
  }

  get stops() {
    return this.byTheme[document.documentElement.dataset.theme];
  }

  /** The colour of x on a scale that ends at ±largest: [red, green, blue]. */
  of(x, largest) {
    const { stops } = this;
    const middle = (stops.length - 1) / 2;
    const place = middle + middle * strength(x, largest);
    const low = Math.min(Math.floor(place), stops.length - 2);
    return stops[low].map((channel, i) => Math.round(channel + (place - low) * (stops[low + 1][i] - channel)));
  }

  /** Gives an element the colour of x, and a text colour that can be read on it. */
  paint(element, x, largest) {
    const colour = this.of(x, largest);
    element.style.background = `rgb(${colour})`;
    element.style.color = textOn(colour);
  }
}

/** Black or white, whichever has more contrast: at least 4.58, whatever the colour (WCAG 2). */
function textOn(colour) {
  const [red, green, blue] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return luminance > 0.179 ? "#000000" : "#ffffff";
}

function channels(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/** From -1 to 1. What is not zero differs from zero at a glance, however small it is. */
function strength(x, largest) {
  if (x === 0 || largest === 0) return 0;
  const share = Math.min(Math.abs(x) / largest, 1);
  return Math.sign(x) * Math.max(share ** 0.8, 0.1);
}

const THUMB = 36;

/** Draws an array as a small heatmap on a canvas of THUMB × THUMB. */
function drawThumbnail(canvas, sampled, largest, colours) {
  const density = Math.max(devicePixelRatio, 1);
  canvas.width = canvas.height = THUMB * density;
  const context = canvas.getContext("2d");
  context.scale(density, density);
  context.clearRect(0, 0, THUMB, THUMB);
  const rows = sampled.rows.length;
  const columns = sampled.columns.length;
  const width = Math.min(THUMB / columns, 10);
  const height = Math.min(THUMB / rows, 10);
  const left = (THUMB - width * columns) / 2;
  const top = (THUMB - height * rows) / 2;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x = sampled.at(row, column);
      context.fillStyle = Number.isFinite(x) ? `rgb(${colours.of(x, largest)})` : "#b5179e";
      context.fillRect(left + column * width, top + row * height, width - 0.5, height - 0.5);
    }
  }
}

/**
 * An array as a table of numbers on colours.
 *
 * @param sampled the array, or null for one that was not computed
 * @param options title; symbol; largest: the end of the scale; isHidden: whether a question hides
 *   the values; onEntry: called with the row and column of the entry that is pointed at or focused
 */
function heatmap(sampled, { title, note = "", largest = null, isHidden = false, onEntry = null, colours }) {
  const figure = make("figure", { class: "heatmap" }, make("figcaption", { class: "caption" }, ...[title].flat().map((piece) => typeof piece === "string" ? make("span", { text: piece }) : piece)));
  if (sampled === null) {
    figure.append(make("div", { class: "absent", text: "not computed" }));
  } else if (isHidden) {
    figure.append(make("div", { class: "asked", text: "?", "aria-label": "hidden: the question" }));
  } else if (sampled.values === null) {
    figure.append(make("div", { class: "unsampled", text: "only statistics kept" }));
  } else if (!sampled.values.length) {
    figure.append(make("div", { class: "absent", text: "empty" }));
  } else {
    figure.append(table(sampled, largest ?? sampled.largest, onEntry, colours, captionText(title)));
  }
  if (sampled !== null && !isHidden) figure.append(make("div", { class: "note", text: noteOf(sampled, note) }));
  return figure;
}

function captionText(title) {
  return [title].flat().map((piece) => (typeof piece === "string" ? piece : piece.textContent)).join(" ");
}

function noteOf(sampled, note) {
  const shown = sampled.complete || !sampled.values ? "" : ` · ${sampled.rows.length} × ${sampled.columns.length} shown`;
  const mean = sampled.size > 1 && Number.isFinite(sampled.meanAbsolute) ? ` · mean |·| ${numberText(sampled.meanAbsolute, 3)}` : "";
  const bad = sampled.nonfinite ? ` · ${percentText(sampled.nonfinite)} not finite` : "";
  return `${shapeText(sampled.shape)}${shown}${mean}${bad}${note && ` · ${note}`}`;
}

function table(sampled, largest, onEntry, colours, label) {
  const isSmall = sampled.size === 1;
  const body = make("tbody");
  if (!isSmall) body.append(headings(sampled));
  const hasRows = sampled.shape.length > 1;
  sampled.rows.forEach((rowIndex, row) => {
    const line = make("tr", {}, !isSmall && hasRows ? make("th", { scope: "row", text: rowIndex }) : null);
    sampled.columns.forEach((_, column) => line.append(cell(sampled, row, column, largest, colours)));
    body.append(line);
  });
  const element = make("table", { class: isSmall ? "cells single" : "cells", tabindex: onEntry ? 0 : null, "aria-label": label }, body);
  if (onEntry) followEntries(element, sampled, onEntry);
  return element;
}

function headings(sampled) {
  const line = make("tr", {}, sampled.shape.length > 1 ? make("td", { class: "corner" }) : null);
  for (const index of sampled.columns) line.append(make("th", { scope: "col", text: index }));
  return line;
}

function cell(sampled, row, column, largest, colours) {
  const x = sampled.at(row, column);
  const element = make("td", {
    class: Number.isFinite(x) ? "cell" : "cell not-finite",
    text: cellText(x),
    title: `${sampled.indexText(row, column)} ${numberText(x, 6)}`.trim(),
    "data-row": row,
    "data-column": column,
  });
  if (Number.isFinite(x)) colours.paint(element, x, largest);
  return element;
}

/** Pointing at an entry, or moving to it by the arrow keys while the table has the focus. */
function followEntries(element, sampled, onEntry) {
  element.addEventListener("pointerover", (event) => {
    const target = event.target.closest(".cell");
    if (target) onEntry(Number(target.dataset.row), Number(target.dataset.column));
  });
  const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  element.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const [row, column] = onEntry.current();
    const clamp = (x, most) => Math.min(Math.max(x, 0), most - 1);
    onEntry(clamp(row + move[0], sampled.rows.length), clamp(column + move[1], sampled.columns.length));
  });
}

/** Marks entries in the tables: of the result the one that is shown, of others those it comes from. */
function markEntries(figures, entries) {
  for (const figure of figures) {
    for (const marked of figure.querySelectorAll(".marked, .used")) marked.classList.remove("marked", "used");
    for (const place of entries[figure.key] ?? []) {
      if (place === null) continue;
      const [row, column] = place;
      figure.querySelector(`.cell[data-row="${row}"][data-column="${column}"]`)?.classList.add(figure.key === "result" ? "marked" : "used");
    }
  }
}
