// The layout of all that is open. Python has laid out each group by itself, with all in it closed;
// what is opened is larger than its card, and everything else moves aside to make room for it.

const FRAME = { top: 28, side: 14, bottom: 12, least: 110 };

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
    this.items = groups.items;
    this.lines = graph.data.lines.map((row) => this.readLine(row));
    this.arrange(groups.root);
  }

  /** A part of an edge, within one group: from a box or the group's border to a box or the border. */
  readLine([start, end, ...numbers]) {
    const points = [];
    for (let i = 0; i < numbers.length; i += 2) points.push({ x: numbers[i], y: numbers[i + 1] });
    const line = { start: this.items[start], end: this.items[end], points };
    line.group = homeOf(line.start ?? line.end);
    line.group.lines.push(line);
    return line;
  }

  /** Finds the places of all boxes, frames and wires, as the groups are open and closed now. */
  arrange(root) {
    this.boxes = new Map();
    this.frames = [];
    const { width, height } = this.measure(root);
    this.width = width;
    this.height = height;
    this.settle(root, { x: 0, y: 0 });
    this.wires = this.readWires();
  }

  /** Sets how far what is in a group moves, and its size; `middle` is where its wires pass. */
  measure(group) {
    const across = [];
    const down = [];
    for (const child of group.children) {
      if (!child.isGroup || !child.isOpen) continue;
      const { x, y, width, height } = child.card;
      const frame = this.measure(child);
      across.push({ from: x, to: x + width, size: frame.width });
      down.push({ from: y, to: y + height / 2, size: frame.middle });
      down.push({ from: y + height / 2, to: y + height, size: frame.height - frame.middle });
    }
    group.across = makeRoom(across);
    group.down = makeRoom(down);
    const width = group.across(group.inside.width);
    const height = group.down(group.inside.height);
    if (group.parent === null) return (group.frame = { width, height });
    const middle = FRAME.top + group.down(this.middleOf(group));
    return (group.frame = { width: Math.max(width + 2 * FRAME.side, FRAME.least), height: FRAME.top + height + FRAME.bottom, middle });
  }

  /** The height at which values come into a group, or else leave it. */
  middleOf(group) {
    const { lines } = group;
    const first = lines.find(({ start }) => !start)?.points[0] ?? lines.find(({ end }) => !end)?.points.at(-1);
    return first?.y ?? group.inside.height / 2;
  }

  /** Turns places within groups into places in the drawing; `at` is where a group's inside begins. */
  settle(group, at) {
    group.at = at;
    for (const child of group.children) {
      const { card } = child;
      const [left, right] = [card.x, card.x + card.width].map(group.across);
      // What is computed from nothing stays beside what uses it.
      const x = at.x + (isLeaf(child) ? right - card.width / 2 : (left + right) / 2);
      const y = at.y + group.down(card.y + card.height / 2);
      if (child.isGroup && child.isOpen) {
        const { width, height, middle } = child.frame;
        child.place = { x: x - width / 2, y: y - middle, width, height };
        this.frames.push({ group: child, ...child.place });
        this.settle(child, { x: x - child.across(child.inside.width) / 2, y: y - middle + FRAME.top });
      } else {
        child.place = { x: x - card.width / 2, y: y - card.height / 2, width: card.width, height: card.height };
        this.boxes.set(child.key, { box: child, ...child.place });
      }
    }
  }

  readWires() {
    const wires = new Map();
    for (const edge of this.graph.edges) {
      const source = this.graph.nodes[edge.source].box;
      const target = this.graph.nodes[edge.target].box;
      if (source === target) continue;
      const key = `${source.key}>${target.key}`;
      if (!wires.has(key)) {
        wires.set(key, new Wire(source, target));
        wires.get(key).points = this.pointsOf(edge);
      }
      wires.get(key).edges.push(edge);
    }
    return wires;
  }

  /** The points of an edge outside of closed groups. At open ones its lines are joined. */
  pointsOf(edge) {
    const lines = this.graph.data.routes[edge.id].map((i) => this.lines[i]).filter(({ group }) => isShown(group));
    const parts = lines.map((line) => this.moved(line));
    lines.forEach(({ start, end }, i) => {
      if (isFrame(start)) parts[i][0] = { x: start.place.x + start.place.width, y: parts[i - 1].at(-1).y };
      if (isFrame(end)) parts[i][parts[i].length - 1] = { x: end.place.x, y: parts[i + 1][0].y };
    });
    return parts.flat();
  }

  /** The points of a line: the ends keep to their boxes, and what lies level with them stays so. */
  moved({ group, start, end, points }) {
    const { at, across, down } = group;
    const found = points.map(({ x, y }) => ({ x: at.x + across(x), y: at.y + down(y) }));
    const last = points.length - 1;
    const levels = points.map(({ y }) => y);
    if (start) level(found, levels, 0, 1, beside(start, points[0], start.card.width));
    if (end) level(found, levels, last, -1, beside(end, points[last], 0));
    return found;
  }
}

function isLeaf(item) {
  return !item.isGroup && !item.isOperation;
}

/** Whether an item is a group that is open: its frame is drawn, and not its card. */
function isFrame(item) {
  return Boolean(item?.isGroup && item.isOpen);
}

function isShown(group) {
  for (let around = group; around !== null; around = around.parent) if (!around.isOpen) return false;
  return true;
}

/** A point at the edge of a card, where the card stands now. */
function beside({ place, card }, { y }, width) {
  return { x: place.x + width, y: place.y + place.height / 2 + (y - card.y - card.height / 2) };
}

/** Puts the end of a line at a place, and with it the points between that were level with it. */
function level(points, levels, end, step, to) {
  points[end] = to;
  for (let i = end + step; points[i + step] && levels[i] === levels[end]; i += step) points[i].y = to.y;
}

/**
 * Makes room along one axis.
 *
 * @param rooms {from, to, size}: what stretched from one coordinate to another needs that much.
 * @returns where a coordinate is then: in the same order, and no two closer than they were.
 */
function makeRoom(rooms) {
  const stops = [...new Set(rooms.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const moved = new Map();
  let shift = 0;
  for (const stop of stops) {
    const ending = rooms.filter(({ to }) => to === stop);
    moved.set(stop, Math.max(stop + shift, ...ending.map(({ from, size }) => moved.get(from) + size)));
    shift = moved.get(stop) - stop;
  }
  return (x) => {
    const next = stops.findIndex((stop) => x < stop);
    if (next === -1) return x + shift;
    if (next === 0) return x;
    const [a, b] = [stops[next - 1], stops[next]];
    return moved.get(a) + ((x - a) / (b - a)) * (moved.get(b) - moved.get(a));
  };
}

/** A long name, which may be broken after each "_". */
function breakable(text) {
  const pieces = text.match(/[^_]*_+|[^_]+/g) ?? [text];
  return pieces.flatMap((piece, i) => (i ? [make("wbr"), piece] : [piece]));
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
