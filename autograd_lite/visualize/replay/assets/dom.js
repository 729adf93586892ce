// Elements. Text from the graph is only ever set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** A new element: attributes by name, "text" for its text; then what is inside. */
function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function makeSvg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const page = document.querySelector(".replay");

/** The one element of the page with that class. */
function part(name) {
  return page.querySelector(`.${name}`);
}

let lastId = 0;

/** An id that no other drawing in the same document has. */
function newId() {
  lastId += 1;
  return `${page.dataset.prefix}-${lastId}`;
}

const prefersStillness = matchMedia("(prefers-reduced-motion: reduce)");

/** A sign for a button of the player, drawn so that it looks the same in every font. */
function icon(name) {
  const paths = {
    first: "M3 3v10M13 3L5 8l8 5z",
    back: "M12 3L4 8l8 5z",
    play: "M4 2.5L13 8l-9 5.5z",
    pause: "M4 3h3v10H4zM9 3h3v10H9z",
    forward: "M4 3l8 5-8 5z",
    last: "M13 3v10M3 3l8 5-8 5z",
  };
  return makeSvg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, makeSvg("path", { d: paths[name] }));
}
