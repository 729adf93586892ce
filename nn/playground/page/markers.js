// A shape for each class, so that none is told by its colour alone.

const CORNERS = [
  null, // a circle
  [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  [[0, -1.2], [1.15, 0.85], [-1.15, 0.85]],
  [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]],
  [[0, 1.2], [1.15, -0.85], [-1.15, -0.85]],
  [[-0.45, -1.3], [0.45, -1.3], [0.45, -0.45], [1.3, -0.45], [1.3, 0.45], [0.45, 0.45], [0.45, 1.3], [-0.45, 1.3], [-0.45, 0.45], [-1.3, 0.45], [-1.3, -0.45], [-0.45, -0.45]],
];
const SQUARE = 0.88; // what makes a square look as large as a circle

/** Trace the marker of a class around a point. */
export function trace(context, index, x, y, radius) {
  const corners = CORNERS[index % CORNERS.length];
  context.beginPath();
  if (!corners) {
    context.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  for (const [dx, dy] of corners) context.lineTo(x + dx * radius * SQUARE, y + dy * radius * SQUARE);
  context.closePath();
}
