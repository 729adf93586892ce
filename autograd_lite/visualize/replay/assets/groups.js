// Groups: the layer calls, and what was made so that no level shows too many boxes. Python says which
// there are and where in each of them everything stands; here they are opened and closed.

const MOST_OPEN = 24; // boxes at the start
const MOST_SHOWN = 400; // boxes at all

class Group {
  constructor([title, isScope, repeats, call, width, height], i) {
    this.key = `g${i}`;
    this.title = title;
    this.isScope = isScope === 1;
    this.repeats = repeats;
    this.call = call;
    this.inside = { width, height }; // of all that is in it, closed
    this.parent = null;
    this.children = []; // nodes and groups, in the order of computation
    this.lines = []; // the parts of edges that are directly in it
    this.isOpen = false;
  }

  get isGroup() {
    return true;
  }

  get level() {
    return this.parent === null ? 0 : this.parent.level + 1;
  }

  /** All nodes inside, however deep. */
  *nodes() {
    for (const child of this.children) {
      if (child.isGroup) yield* child.nodes();
      else yield child;
    }
  }

  adopt(children) {
    this.children = children;
    for (const child of children) {
      if (child.isGroup) child.parent = this;
      else child.home = this;
    }
  }

  /** Counts what is inside, and finds the node whose value it hands on. */
  measure() {
    this.count = 0;
    this.operations = 0;
    this.parameters = 0;
    this.bytes = 0;
    this.output = null;
    for (const child of this.children) {
      if (child.isGroup) child.measure();
      this.count += child.isGroup ? child.count : 1;
      this.bytes += child.bytes;
      this.operations += child.isGroup ? child.operations : Number(child.isOperation);
      this.parameters += child.isGroup ? child.parameters : sizeIfParameter(child);
      const output = child.isGroup ? child.output : child;
      if (output && (this.output === null || rank(output) > rank(this.output))) this.output = output;
    }
  }
}

function rank(node) {
  return node.isOperation ? node.id + 1 : 0;
}

function sizeIfParameter(node) {
  return node.kind === "parameter" && node.shape !== null ? node.shape.reduce((a, b) => a * b, 1) : 0;
}

function homeOf(item) {
  return item.isGroup ? item.parent : item.home;
}

class Groups {
  constructor(graph) {
    const { nodes, data } = graph;
    this.graph = graph;
    this.all = data.groups.map((row, i) => new Group(row, i));
    this.items = [...nodes, ...this.all]; // as Python numbers them
    this.root = this.all[0];
    this.root.isOpen = true;
    nodes.forEach((node) => (node.key = `n${node.id}`));
    this.all.forEach((group, i) => group.adopt(data.groups[i].slice(6).map((item) => this.items[item])));
    this.items.forEach((item, i) => {
      const [x, y, width] = data.boxes.slice(3 * i, 3 * i + 3);
      item.card = { x, y, width, height: data.heights[item.isGroup ? 1 : 0] };
    });
    this.root.measure();
    this.placeBoxes();
  }

  // -- open and closed ---------------------------------------------------------------------------

  /** Opens what holds layers, and leaves the layers closed. */
  openAtStart() {
    let shown = this.root.children.length;
    const waiting = [...this.root.children];
    while (waiting.length) {
      const group = waiting.shift();
      if (!group.isGroup || !group.children.some((child) => child.isScope)) continue;
      if (shown + group.children.length - 1 > MOST_OPEN) continue;
      group.isOpen = true;
      shown += group.children.length - 1;
      waiting.push(...group.children);
    }
    this.placeBoxes();
  }

  setOpen(group, isOpen) {
    group.isOpen = isOpen;
    this.placeBoxes();
  }

  /** Opens as much as can be shown, the outer groups first; returns whether that is all. */
  openAll() {
    let shown = this.root.children.length;
    const waiting = [this.root];
    let all = true;
    while (waiting.length) {
      const group = waiting.shift();
      const more = group === this.root ? 0 : group.children.length - 1;
      if (shown + more > MOST_SHOWN) {
        all = false;
        group.isOpen = false;
        continue;
      }
      shown += more;
      group.isOpen = true;
      waiting.push(...group.children.filter((child) => child.isGroup));
    }
    this.placeBoxes();
    return all;
  }

  closeAll() {
    for (const group of this.all) group.isOpen = group === this.root;
    this.placeBoxes();
  }

  /** Opens everything around a node or a group. */
  reveal(item) {
    for (let group = homeOf(item); group !== null; group = group.parent) group.isOpen = true;
    this.placeBoxes();
  }

  /** For each node the box that shows it: itself, or the outermost closed group around it. */
  placeBoxes() {
    this.shown = 0;
    const place = (group, box) => {
      for (const child of group.children) {
        const inside = box ?? (child.isGroup && child.isOpen ? null : child);
        child.box = inside;
        if (inside === child) this.shown += 1;
        if (child.isGroup) place(child, inside);
      }
    };
    place(this.root, null);
  }

  get hidden() {
    let count = 0;
    for (const node of this.graph.nodes) if (node.box !== node) count += 1;
    return count;
  }
}
