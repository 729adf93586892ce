// A layered drawing from left to right: rank, order, place (Sugiyama, Tagawa and Toda, 1981).

const GAP_ACROSS = 26;
const GAP_DOWN = 14;
const WIRE = 10; // the height that a passing wire takes

/**
 * Places items.
 *
 * @param items {key, width, height, order, isLeaf, side}: in an order in which inputs come before
 *   users; side "left" or "right" for ports, which stand at the border.
 * @param links {source, target, from, to}: keys, and where the wire leaves and arrives, counted
 *   downwards from the middle of the item.
 * @returns width, height, and for each key its place {x, y}; links get `points`.
 */
function layered(items, links) {
  const cells = new Map(items.map((item) => [item.key, newCell(item)]));
  const usable = links.filter((link) => cells.get(link.source).order < cells.get(link.target).order);
  setRanks(cells, usable);
  const ranks = byRank(cells, usable);
  sortRanks(ranks);
  const x = placeAcross(ranks);
  const height = placeDown(ranks);
  for (const link of links) link.points = pointsOf(link, cells);
  return { width: x, height, places: new Map(items.map((item) => [item.key, topLeft(cells.get(item.key))])) };
}

function newCell({ key, width, height, order, isLeaf, side }) {
  return { key, width, height, order, isLeaf, side, rank: 0, before: [], after: [], y: 0, x: 0 };
}

function topLeft(cell) {
  return { x: cell.x, y: cell.y - cell.height / 2 };
}

// -- rank ------------------------------------------------------------------------------------------

function setRanks(cells, links) {
  const sorted = [...cells.values()].sort((a, b) => a.order - b.order);
  const into = groupBy(links, (link) => link.target);
  const outOf = groupBy(links, (link) => link.source);
  for (const cell of sorted) {
    for (const link of into.get(cell.key) ?? []) {
      cell.rank = Math.max(cell.rank, cells.get(link.source).rank + 1);
    }
  }
  // What nothing leads to stands just before its first user, not at the far left.
  for (const cell of sorted) {
    const users = (outOf.get(cell.key) ?? []).map((link) => cells.get(link.target).rank);
    if (!into.has(cell.key) && users.length && cell.side !== "left") cell.rank = Math.min(...users) - 1;
  }
  const inner = sorted.filter((cell) => !cell.side).map((cell) => cell.rank);
  const first = Math.min(...inner, 0);
  const last = Math.max(...inner, 0);
  for (const cell of sorted) {
    if (cell.side === "left") cell.rank = first - 1;
    if (cell.side === "right") cell.rank = last + 1;
  }
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
}

/** The cells by rank; a link that passes ranks gets a cell in each, so that it goes round others. */
function byRank(cells, links) {
  const all = [...cells.values()];
  const first = Math.min(...all.map((cell) => cell.rank));
  for (const cell of all) cell.rank -= first;
  const ranks = Array.from({ length: Math.max(...all.map((cell) => cell.rank)) + 1 }, () => []);
  for (const cell of all) ranks[cell.rank].push(cell);
  for (const link of links) {
    const target = cells.get(link.target);
    let previous = cells.get(link.source);
    let from = link.from;
    link.wires = [];
    for (let rank = previous.rank + 1; rank < target.rank; rank++) {
      const wire = newCell({ width: 0, height: WIRE, order: previous.order, isLeaf: previous.isLeaf });
      wire.isWire = true;
      ranks[rank].push(wire);
      link.wires.push(wire);
      join(previous, wire, from, 0);
      previous = wire;
      from = 0;
    }
    join(previous, target, from, link.to);
  }
  return ranks;
}

/** Makes neighbours. What a leaf gives pulls at the leaf, and hardly at what takes it. */
function join(source, target, from, to) {
  const weight = source.isLeaf ? 0.2 : 1;
  source.after.push({ cell: target, here: from, there: to, weight: 1 });
  target.before.push({ cell: source, here: to, there: from, weight });
}

// -- order -----------------------------------------------------------------------------------------

const SWEEPS = 10;

function sortRanks(ranks) {
  for (const rank of ranks) rank.sort((a, b) => a.order - b.order);
  ranks.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const side = sweep % 2 === 0 ? "before" : "after";
    for (const rank of sweep % 2 === 0 ? ranks : [...ranks].reverse()) {
      for (const cell of rank) cell.wish = barycentre(cell[side], cell.index);
      rank.sort((a, b) => a.wish - b.wish);
      number(rank);
    }
  }
}

function number(rank) {
  rank.forEach((cell, i) => (cell.index = i));
}

function barycentre(neighbours, otherwise) {
  if (!neighbours.length) return otherwise;
  const sum = neighbours.reduce((total, { cell, there }) => total + cell.index + there / 1e4, 0);
  return sum / neighbours.length;
}

// -- place -----------------------------------------------------------------------------------------

function placeAcross(ranks) {
  let x = 0;
  ranks.forEach((rank, i) => {
    const isBorder = rank.every((cell) => cell.side);
    const width = Math.max(...rank.map((cell) => cell.width));
    for (const cell of rank) {
      cell.x = x + (cell.isLeaf ? width - cell.width : (width - cell.width) / 2);
      cell.columnWidth = width;
      cell.column = x;
    }
    const nextIsBorder = i + 1 < ranks.length && ranks[i + 1].every((cell) => cell.side);
    x += width + (isBorder || nextIsBorder ? 16 : GAP_ACROSS);
  });
  return x - GAP_ACROSS + (ranks.at(-1).every((cell) => cell.side) ? GAP_ACROSS - 16 : 0);
}

const PASSES = 40;

function placeDown(ranks) {
  const all = ranks.flat();
  const chains = findChains(ranks);
  for (const rank of ranks) pack(rank, (cell) => cell.index * 40);
  for (let pass = 0; pass < PASSES; pass++) {
    for (const chain of chains) chain.y = wishOf(chain);
    for (const rank of ranks) pack(rank, (cell) => cell.chain.y + cell.shift);
  }
  const top = Math.min(...all.map((cell) => cell.y - cell.height / 2));
  for (const cell of all) cell.y -= top;
  return Math.max(...all.map((cell) => cell.y + cell.height / 2));
}

/** Chains run level: cells of which each stands alone after the one before. */
function findChains(ranks) {
  const chains = [];
  for (const cell of ranks.flat()) {
    const before = cell.before.filter((neighbour) => !neighbour.cell.isLeaf || cell.isWire);
    const [only] = before;
    if (before.length === 1 && only.cell.after.length === 1) {
      cell.chain = only.cell.chain;
      cell.shift = only.cell.shift + only.there - only.here;
    } else {
      cell.chain = { cells: [], y: 0 };
      cell.shift = 0;
      chains.push(cell.chain);
    }
    cell.chain.cells.push(cell);
  }
  return chains;
}

/** Where a chain would stand if it were alone: at the mean of what it is joined to. */
function wishOf(chain) {
  let sum = 0;
  let weights = 0;
  for (const cell of chain.cells) {
    for (const { cell: other, here, there, weight } of [...cell.before, ...cell.after]) {
      if (other.chain === chain) continue;
      sum += weight * (other.y + there - here - cell.shift);
      weights += weight;
    }
  }
  if (weights) return sum / weights;
  return chain.cells.reduce((total, cell) => total + cell.y - cell.shift, 0) / chain.cells.length;
}

/** Puts each cell of a rank as near to its wish as the order and the gaps allow (least squares). */
function pack(rank, wish) {
  const offsets = [];
  let offset = 0;
  rank.forEach((cell, i) => {
    if (i) offset += (rank[i - 1].height + cell.height) / 2 + (cell.isWire || rank[i - 1].isWire ? 4 : GAP_DOWN);
    offsets.push(offset);
  });
  const blocks = []; // pool adjacent violators
  rank.forEach((cell, i) => {
    const weight = cell.isLeaf ? 0.2 : (cell.chain?.cells.length ?? 1);
    blocks.push({ sum: weight * (wish(cell) - offsets[i]), weight, count: 1 });
    while (blocks.length > 1 && mean(blocks.at(-2)) > mean(blocks.at(-1))) {
      const last = blocks.pop();
      for (const key of ["sum", "weight", "count"]) blocks.at(-1)[key] += last[key];
    }
  });
  let i = 0;
  for (const block of blocks) {
    for (let n = 0; n < block.count; n++, i++) rank[i].y = mean(block) + offsets[i];
  }
}

function mean(block) {
  return block.sum / block.weight;
}

function pointsOf(link, cells) {
  const source = cells.get(link.source);
  const target = cells.get(link.target);
  const points = [{ x: source.x + source.width, y: source.y + link.from }];
  if (source.x + source.width < source.column + source.columnWidth) {
    points.push({ x: source.column + source.columnWidth, y: source.y + link.from });
  }
  for (const wire of link.wires ?? []) {
    points.push({ x: wire.column, y: wire.y }, { x: wire.column + wire.columnWidth, y: wire.y });
  }
  if (target.x > target.column) points.push({ x: target.column, y: target.y + link.to });
  points.push({ x: target.x, y: target.y + link.to });
  return points;
}
