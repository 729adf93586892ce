// The layout of all that is open: each group is laid out alone, then treated as one box.

const CARD = { least: 84, most: 144, height: 92 };
const GROUP_CARD = { least: 96, most: 176, height: 116 };
const FRAME = { top: 28, bare: 14, port: 2, bottom: 12 }; // at the sides more where no wire passes

/** What a layout knows of the wire between two boxes: all edges of the graph that it stands for. */
class Wire {
  constructor(source, target) {
    this.key = `${source.key}>${target.key}`;
    this.source = source;
    this.target = target;
    this.edges = [];
    this.points = [];
  }
}

class Layout {
  constructor(graph, groups) {
    this.graph = graph;
    this.wires = this.readWires();
    this.levels = new Map(); // for each open group its items and links
    for (const wire of this.wires.values()) this.thread(wire);
    this.boxes = new Map();
    this.frames = [];
    const { width, height } = this.measure(groups.root);
    this.width = width;
    this.height = height;
    this.settle(groups.root, 0, 0);
    for (const wire of this.wires.values()) {
      wire.points = wire.links.flatMap(({ link, group }) =>
        link.points.map(({ x, y }) => ({ x: x + group.at.x, y: y + group.at.y })),
      );
    }
  }

  readWires() {
    const wires = new Map();
    for (const edge of this.graph.edges) {
      const source = this.graph.nodes[edge.source].box;
      const target = this.graph.nodes[edge.target].box;
      if (source === target) continue;
      const key = `${source.key}>${target.key}`;
      if (!wires.has(key)) wires.set(key, new Wire(source, target));
      wires.get(key).edges.push(edge);
    }
    return wires;
  }

  level(group) {
    if (!this.levels.has(group)) this.levels.set(group, { ports: new Map(), links: new Map() });
    return this.levels.get(group);
  }

  /** Leads a wire out of the groups around its source and into those around its target. */
  thread(wire) {
    const out = around(wire.source);
    const into = around(wire.target);
    while (out.length && into.length && out.at(-1) === into.at(-1)) {
      wire.common = out.pop();
      into.pop();
    }
    wire.links = [];
    let from = wire.source;
    let fromPort = null;
    for (const group of out) {
      const port = this.port(group, wire.source, "right");
      this.link(wire, group, from, port, fromPort, null);
      [from, fromPort] = [group, port];
    }
    let to = wire.target;
    let toPort = null;
    const inwards = [];
    for (const group of into) {
      const port = this.port(group, wire.source, "left");
      inwards.unshift([group, port, to, toPort]);
      [to, toPort] = [group, port];
    }
    this.link(wire, wire.common, from, to, fromPort, toPort);
    for (const [group, port, item, itemPort] of inwards) this.link(wire, group, port, item, null, itemPort);
  }

  /** The place on a group's border where a value comes in or goes out: one for each value. */
  port(group, source, side) {
    const { ports } = this.level(group);
    const key = `${side} ${source.key}`;
    if (!ports.has(key)) {
      const order = side === "left" ? -1e9 + source.order : 1e9 + source.order;
      ports.set(key, { key, width: 0, height: WIRE, order, side, isLeaf: false });
    }
    return ports.get(key);
  }

  /** A link between two items of one group; a wire that goes the same way shares it. */
  link(wire, group, source, target, sourcePort, targetPort) {
    const { links } = this.level(group);
    const key = [source.key, target.key, sourcePort?.key, targetPort?.key].join("|");
    if (!links.has(key)) {
      const ends = { source: source.key, target: target.key };
      links.set(key, { ...ends, sourceItem: source, targetItem: target, sourcePort, targetPort });
    }
    wire.links.push({ link: links.get(key), group });
  }

  /** Lays out a group's inside; sets its size, where its ports are, and where its items stand. */
  measure(group) {
    const items = group.children.map((child) => this.item(child));
    const { ports, links } = this.level(group);
    const all = [...links.values()];
    for (const link of all) {
      link.from = link.sourcePort ? this.portOffset(link.sourceItem, link.sourcePort) : 0;
      link.to = link.targetPort ? this.portOffset(link.targetItem, link.targetPort) : 0;
    }
    spreadEnds(all, items);
    const { width, height, places } = layered([...items, ...ports.values()], all);
    group.places = places;
    if (group.parent === null) {
      group.inset = { x: 0, y: 0 };
      return (group.size = { width, height });
    }
    const [left, right] = ["left", "right"].map((side) => ([...ports.values()].some((port) => port.side === side) ? FRAME.port : FRAME.bare));
    group.inset = { x: left, y: FRAME.top };
    return (group.size = { width: Math.max(width + left + right, 110), height: height + FRAME.top + FRAME.bottom });
  }

  item(child) {
    const isOpen = child.isGroup && child.isOpen;
    const { width, height } = isOpen ? this.measure(child) : sizeOfCard(child);
    const isLeaf = !child.isGroup && !child.isOperation;
    return { key: child.key, width, height, order: child.order, isLeaf, side: null };
  }

  portOffset(group, port) {
    return group.inset.y + group.places.get(port.key).y + port.height / 2 - group.size.height / 2;
  }

  /** Turns places within groups into places in the drawing. */
  settle(group, x, y) {
    group.at = { x: x + group.inset.x, y: y + group.inset.y };
    if (group.parent !== null) this.frames.push({ group, x, y, ...group.size });
    for (const child of group.children) {
      const place = group.places.get(child.key);
      const at = { x: group.at.x + place.x, y: group.at.y + place.y };
      if (child.isGroup && child.isOpen) this.settle(child, at.x, at.y);
      else this.boxes.set(child.key, { box: child, ...at, ...sizeOfCard(child) });
    }
  }
}

/** The open groups around a box, the innermost first, the whole drawing last. */
function around(box) {
  const groups = [];
  for (let group = box.isGroup ? box.parent : box.home; group !== null; group = group.parent) groups.push(group);
  return groups;
}

/** A card is as wide as its title needs, within limits; the title of a group takes two lines. */
function sizeOfCard(box) {
  if (box.isGroup) {
    return { width: between(GROUP_CARD.least, widthInTwoLines(box.title) + 44, GROUP_CARD.most), height: GROUP_CARD.height };
  }
  return { width: between(CARD.least, widthOf(cardTitle(box)) + 18, CARD.most), height: CARD.height };
}

/** On a card the layer around it need not be named again. */
function cardTitle(node) {
  return node.name ? shortName(node.name) : node.label;
}

function between(least, x, most) {
  return Math.min(Math.max(least, Math.ceil(x)), most);
}

const ruler = document.createElement("canvas").getContext("2d");

function widthOf(text) {
  if (text.length > 100) return 1000;
  ruler.font = `600 12px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text).width;
}

function widthInTwoLines(text) {
  const pieces = piecesOf(text);
  const ways = pieces.map((_, i) => [pieces.slice(0, i + 1), pieces.slice(i + 1)]);
  return Math.min(...ways.map((lines) => Math.max(...lines.map((line) => widthOf(line.join(""))))));
}

/** Where a long name may be broken: after each "_". */
function piecesOf(text) {
  return text.match(/[^_]*_+|[^_]+/g) ?? [text];
}

function breakable(text) {
  return piecesOf(text).flatMap((piece, i) => (i ? [make("wbr"), piece] : [piece]));
}

/** Wires that end at one card arrive beside each other, in the order of the arguments. */
function spreadEnds(links, items) {
  const cards = new Set(items.map((item) => item.key));
  const heights = new Map(items.map((item) => [item.key, item.height]));
  for (const [key, into] of groupBy(links.filter((link) => link.targetPort === null), (link) => link.target)) {
    if (!cards.has(key) || into.length < 2) continue;
    const step = Math.min(12, (heights.get(key) - 20) / into.length);
    into.forEach((link, i) => (link.to = (i - (into.length - 1) / 2) * step));
  }
}

/** A smooth line through points, which leaves and arrives level. */
function pathOf(points) {
  let path = `M${round(points[0].x)} ${round(points[0].y)}`;
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1];
    const b = points[i];
    if (Math.abs(a.y - b.y) < 0.5) {
      path += `L${round(b.x)} ${round(b.y)}`;
    } else {
      const bend = Math.max(Math.abs(b.x - a.x) / 2, 8);
      path += `C${round(a.x + bend)} ${round(a.y)} ${round(b.x - bend)} ${round(b.y)} ${round(b.x)} ${round(b.y)}`;
    }
  }
  return path;
}

function round(x) {
  return Math.round(x * 10) / 10;
}
