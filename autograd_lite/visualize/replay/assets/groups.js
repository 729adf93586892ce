// Groups: the layer calls, and what is made so that no level shows too many boxes: repeated blocks
// as one (×N), and long stretches of operations by ranges.

const MANY = 14; // boxes in a group; with more, repeated blocks become one
const TOO_MANY = 40; // with more, ranges
const MOST_OPEN = 24; // boxes at the start
const MOST_SHOWN = 400; // boxes at all

class Group {
  constructor(key, title, parent) {
    this.key = key;
    this.title = title;
    this.parent = parent;
    this.children = []; // nodes and groups, in the order of computation
    this.isOpen = false;
    this.repeats = 1;
    this.isScope = false;
    this.order = Infinity;
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
    this.order = Math.min(...children.map((child) => child.order));
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

class Groups {
  constructor(graph) {
    this.graph = graph;
    this.all = [];
    this.signatures = new Map();
    this.root = this.newGroup("", null);
    this.root.isOpen = true;
    this.readScopes();
    this.tidy(this.root);
    this.root.measure();
    this.placeBoxes();
  }

  newGroup(title, parent) {
    const group = new Group(`g${this.all.length}`, title, parent);
    this.all.push(group);
    return group;
  }

  readScopes() {
    const { nodes, scopes } = this.graph;
    const groups = scopes.map((scope) => {
      const group = this.newGroup(scope.name, null);
      group.isScope = true;
      return group;
    });
    this.numberCalls(groups);
    const children = new Map([[this.root, []], ...groups.map((group) => [group, []])]);
    for (const scope of scopes) {
      const parent = scope.parent === NONE ? this.root : groups[scope.parent];
      groups[scope.id].parent = parent;
      children.get(parent).push(groups[scope.id]);
    }
    for (const node of nodes) {
      node.key = `n${node.id}`;
      node.order = node.id;
      children.get(node.scope === NONE ? this.root : groups[node.scope]).push(node);
    }
    for (const group of [...groups].reverse()) this.adoptSorted(group, children.get(group));
    this.adoptSorted(this.root, children.get(this.root));
  }

  /** A layer that is called several times has several groups, which say so. */
  numberCalls(groups) {
    const calls = new Map();
    this.graph.scopes.forEach((scope, i) => {
      const key = JSON.stringify([scope.parent, scope.name]);
      if (!calls.has(key)) calls.set(key, []);
      calls.get(key).push(groups[i]);
    });
    for (const same of calls.values()) {
      if (same.length > 1) same.forEach((group, i) => (group.call = `call ${i + 1} of ${same.length}`));
    }
  }

  adoptSorted(group, children) {
    group.adopt(children.filter((child) => !child.isGroup || child.children.length));
    for (const child of group.children) {
      if (!child.isGroup && !child.isOperation) child.order = beforeUsers(child, group);
    }
    group.children.sort((a, b) => a.order - b.order);
  }

  // -- fewer boxes -------------------------------------------------------------------------------

  tidy(group) {
    for (const child of group.children) if (child.isGroup) this.tidy(child);
    if (group.children.length > MANY) this.foldRepeats(group);
    if (group.children.length > TOO_MANY) this.cutIntoRanges(group);
  }

  /** A number that is the same for groups and nodes of the same structure. */
  signature(item) {
    if (item.mark === undefined) {
      const inside = item.isGroup
        ? item.children.map((child) => this.signature(child)).join()
        : `${item.kind} ${item.operation} ${item.shape}`;
      const text = item.isGroup ? `(${inside})` : inside;
      if (!this.signatures.has(text)) this.signatures.set(text, this.signatures.size);
      item.mark = this.signatures.get(text);
    }
    return item.mark;
  }

  foldRepeats(group) {
    const marks = group.children.map((child) => this.signature(child));
    const folded = [];
    for (let i = 0; i < marks.length; ) {
      const { period, times } = repetition(marks, i);
      if (times >= 3) {
        folded.push(this.repeat(group.children.slice(i, i + period * times), period, times));
        i += period * times;
      } else {
        folded.push(group.children[i]);
        i += 1;
      }
    }
    if (folded.length === 1) return; // the group is that repetition itself
    group.adopt(folded);
  }

  repeat(items, period, times) {
    const block = (from) => items.slice(from, from + period);
    const group = this.newGroup(titleOf(block(0)), null);
    group.repeats = times;
    if (period === 1) {
      group.adopt(items);
    } else {
      const blocks = Array.from({ length: times }, (_, i) => {
        const inner = this.newGroup(titleOf(block(i * period)), null);
        inner.adopt(block(i * period));
        return inner;
      });
      group.adopt(blocks);
    }
    if (group.children.length > TOO_MANY) this.cutIntoRanges(group);
    return group;
  }

  cutIntoRanges(group) {
    const size = Math.max(20, Math.ceil(group.children.length / 20));
    const ranges = [];
    for (let i = 0; i < group.children.length; i += size) {
      const items = group.children.slice(i, i + size);
      const range = this.newGroup(titleOfRange(items, i + 1), null);
      range.adopt(items);
      if (items.length > TOO_MANY) this.cutIntoRanges(range);
      ranges.push(range);
    }
    group.adopt(ranges);
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

  /** Opens everything around a node. */
  reveal(node) {
    for (let group = node.home; group !== null; group = group.parent) group.isOpen = true;
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

/** The place of a leaf in the order of a group's children: just before the first that uses it. */
function beforeUsers(leaf, group) {
  let first = leaf.id;
  leaf.uses.forEach((edge, i) => {
    let item = edge.targetNode;
    let around = item.home;
    while (around && around !== group) [item, around] = [around, around.parent];
    first = i ? Math.min(first, item.order - 0.5) : item.order - 0.5;
  });
  return first;
}

/** The shortest period, and how often what begins at `start` is repeated one after the other. */
function repetition(marks, start) {
  for (let period = 1; period <= 6; period++) {
    let end = start + period;
    while (end < marks.length && marks[end] === marks[end - period]) end += 1;
    const times = Math.floor((end - start) / period);
    if (times >= 3) return { period, times };
  }
  return { period: 1, times: 1 };
}

/** "exp … mean", or "tanh 21–40" where all is the same. */
function titleOfRange(items, first) {
  const [start, end] = [titleOf(items.slice(0, 1)), titleOf(items.slice(-1))];
  return start === end ? `${start} ${first}–${first + items.length - 1}` : `${start} … ${end}`;
}

/** What stands for several boxes: the operations or layers among them. */
function titleOf(items) {
  const main = items.filter((item) => item.isGroup || item.isOperation);
  const titles = (main.length ? main : items).map((item) => (item.isGroup ? item.title : item.operation ?? item.label));
  return titles.length > 3 ? `${titles[0]} … ${titles.at(-1)}` : titles.join(", ");
}
