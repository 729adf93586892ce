// The moments of training as a film: a slider through time that plays, with curves over it.

const CURVE = { width: 600, height: 52 };
const FRAME_TIME = 500; // milliseconds at speed 1

class Moments {
  constructor(graph, colours, changed) {
    this.graph = graph;
    this.names = graph.data.moments.map((moment) => moment.name);
    this.changed = changed;
    this.boundary = new BoundaryView(graph, colours);
    this.bar = part("moments");
    this.player = null;
    if (this.names.length < 2) return;
    this.bar.hidden = false;
    this.slider = make("input", { type: "range", class: "moment-slider", min: 0, max: this.names.length - 1, value: graph.moment, step: 1, "aria-label": "Moment of training" });
    this.slider.addEventListener("input", () => {
      this.pause();
      this.go(Number(this.slider.value));
    });
    this.playButton = make("button", { type: "button", class: "play-moments" });
    this.playButton.addEventListener("click", () => this.playOrPause());
    this.name = make("output", { class: "moment-name" });
    this.curves = graph.data.curves.map(([name, values]) => ({ name, values: values.map((x) => parsed(String(x))) }));
    this.marker = makeSvg("line", { class: "marker", y1: 0, y2: CURVE.height });
    this.readings = make("span", { class: "readings" });
    this.bar.append(this.playButton, make("div", { class: "time" }, this.plot(), this.slider, this.deaths(), this.axis()), make("div", { class: "moment-text" }, this.name, this.readings));
    this.show();
  }

  // -- the plot ------------------------------------------------------------------------------------

  /** The curves, between the numbers of the first one's ends. */
  plot() {
    if (!this.curves.length) return null;
    const plot = makeSvg("svg", { class: "curves", viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    for (const y of [3, CURVE.height - 3]) plot.append(makeSvg("line", { class: "rule", x1: 0, x2: CURVE.width, y1: y, y2: y }));
    this.curves.forEach(({ values }, i) => plot.append(makeSvg("path", { class: `curve curve-${i % 4}`, d: curvePath(values) })));
    plot.append(this.marker);
    const [low, high] = endsOf(this.curves[0].values);
    const ends = make("div", { class: "curve-ends curve-0" }, make("span", { text: numberText(high, 3) }), make("span", { text: numberText(low, 3) }));
    return make("div", { class: "plot" }, plot, ends);
  }

  /** The names of the first, the middle and the last moment. */
  axis() {
    const last = this.names.length - 1;
    const shown = [...new Set(last > 3 ? [0, Math.round(last / 2), last] : [0, last])];
    const texts = shown.map((i) => {
      const text = make("span", { text: this.names[i] });
      text.style.left = this.percent(i);
      text.className = i === 0 ? "at-start" : i === last ? "at-end" : "";
      return text;
    });
    return make("div", { class: "moment-axis", "aria-hidden": "true" }, ...texts);
  }

  /** A mark at each moment at which more units of a ReLU are dead than before. */
  deaths() {
    const line = make("div", { class: "deaths" });
    const { moments } = this.graph.data;
    const shares = moments.map(({ dead }) => new Map(dead));
    moments.forEach(({ name }, i) => {
      const died = [...shares[i]].filter(([id, share]) => share > (i ? (shares[i - 1].get(id) ?? 0) : 0));
      if (!died.length) return;
      const words = died.map(([id, share]) => `${percentText(share)} of the units of ${this.graph.nodes[id].head} are dead`).join("; ");
      const text = `${name}: ${words}`;
      const mark = make("button", { type: "button", class: "death", title: text, "aria-label": text, text: "†" });
      mark.style.left = this.percent(i);
      mark.addEventListener("click", () => this.go(i));
      line.append(mark);
    });
    return line.children.length ? line : null;
  }

  percent(moment) {
    return `${(100 * moment) / (this.names.length - 1)}%`;
  }

  // -- moving --------------------------------------------------------------------------------------

  playOrPause() {
    if (this.player) {
      this.pause();
      return;
    }
    if (this.graph.moment === this.names.length - 1) this.go(0);
    this.player = setInterval(() => {
      this.go(this.graph.moment + 1);
      if (this.graph.moment === this.names.length - 1) this.pause();
    }, FRAME_TIME / Number(part("speed").value));
    this.showPlayer();
  }

  pause() {
    clearInterval(this.player);
    this.player = null;
    this.showPlayer();
  }

  go(moment) {
    this.graph.moment = moment;
    this.show();
    this.changed();
  }

  show() {
    const { moment } = this.graph;
    this.boundary.show();
    this.slider.value = moment;
    this.slider.setAttribute("aria-valuetext", this.names[moment]);
    this.name.textContent = this.names[moment];
    const x = (CURVE.width * moment) / (this.names.length - 1);
    this.marker.setAttribute("x1", x);
    this.marker.setAttribute("x2", x);
    this.readings.replaceChildren(...this.curves.map(({ name, values }, i) => make("span", { class: `reading curve-${i % 4}`, text: `${name} ${numberText(values[moment], 4)}` })));
    this.showPlayer();
  }

  showPlayer() {
    this.playButton.replaceChildren(icon(this.player ? "pause" : "play"));
    const text = this.player ? "Pause the training" : "Play the training";
    this.playButton.setAttribute("aria-label", text);
    this.playButton.title = text;
  }
}

function endsOf(values) {
  const finite = values.filter(Number.isFinite);
  return [Math.min(...finite), Math.max(...finite)];
}

/** A curve as a path over the whole plot, with gaps where it is not finite. */
function curvePath(values) {
  const [low, high] = endsOf(values);
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
