// The moments of training: a slider through time, with curves over it.

const CURVE = { width: 600, height: 44 };

class Moments {
  constructor(graph, colours, changed) {
    this.graph = graph;
    this.names = graph.data.moments.map((moment) => moment.name);
    this.changed = changed;
    this.bar = part("moments");
    if (this.names.length < 2) return;
    this.bar.hidden = false;
    this.slider = make("input", { type: "range", class: "moment-slider", min: 0, max: this.names.length - 1, value: graph.moment, step: 1, "aria-label": "Moment of training" });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.name = make("output", { class: "moment-name" });
    this.curves = graph.data.curves.map(([name, values]) => ({ name, values: values.map((x) => parsed(String(x))) }));
    this.marker = makeSvg("line", { class: "marker", y1: 0, y2: CURVE.height });
    const plot = makeSvg("svg", { class: "curves", viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    this.curves.forEach(({ values }, i) => plot.append(makeSvg("path", { class: `curve curve-${i % 4}`, d: curvePath(values) })));
    plot.append(this.marker);
    this.readings = make("span", { class: "readings" });
    this.bar.append(make("span", { class: "moment-label", text: "Training" }), make("div", { class: "time" }, this.curves.length ? plot : null, this.slider), make("div", { class: "moment-text" }, this.name, this.readings));
    this.show();
  }

  go(moment) {
    this.graph.moment = moment;
    this.show();
    this.changed();
  }

  show() {
    const { moment } = this.graph;
    this.slider.value = moment;
    this.slider.setAttribute("aria-valuetext", this.names[moment]);
    this.name.textContent = this.names[moment];
    const x = (CURVE.width * moment) / (this.names.length - 1);
    this.marker.setAttribute("x1", x);
    this.marker.setAttribute("x2", x);
    this.readings.replaceChildren(...this.curves.map(({ name, values }, i) => make("span", { class: `reading curve-${i % 4}`, text: `${name} ${numberText(values[moment], 4)}` })));
  }
}

/** A curve as a path over the whole plot, with gaps where it is not finite. */
function curvePath(values) {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  let path = "";
  let isDown = false;
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) {
      isDown = false;
      return;
    }
    const x = (CURVE.width * i) / (values.length - 1);
    const y = 3 + (CURVE.height - 6) * (high > low ? 1 - (value - low) / (high - low) : 0.5);
    path += `${isDown ? "L" : "M"}${round(x)} ${round(y)}`;
    isDown = true;
  });
  return path;
}
