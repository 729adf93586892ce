// The WebSocket to the Python program: messages as JSON, frames as bytes.

const HIDDEN_PAUSE = 1000; // ms between frames of a page that nobody sees

/** What Python's `packed` made: the header, with the arrays as typed arrays. */
export function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const arrays = {};
  let offset = 4 + length;
  for (const [name, type, shape] of header.arrays) {
    const size = shape.reduce((product, n) => product * n, 1);
    const kind = type === "float32" ? Float32Array : Uint8Array;
    arrays[name] = new kind(buffer, offset, size);
    arrays[name].shape = shape;
    offset += size * kind.BYTES_PER_ELEMENT;
  }
  return { ...header, ...arrays };
}

export class Connection {
  /** `handlers` has a function for each type of message, and `frame`, `opened` and `closed`. */
  constructor(handlers) {
    this.handlers = handlers;
    this.open();
  }

  open() {
    this.socket = new WebSocket(`ws://${location.host}/live`);
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("open", () => this.handlers.opened());
    this.socket.addEventListener("close", (event) => this.handlers.closed(event));
    this.socket.addEventListener("message", (event) => this.receive(event.data));
  }

  get isOpen() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  send(type, content = {}) {
    if (this.isOpen) this.socket.send(JSON.stringify({ type, ...content }));
  }

  receive(data) {
    if (typeof data === "string") {
      const message = JSON.parse(data);
      this.handlers[message.type]?.(message);
      return;
    }
    const draw = () => {
      this.handlers.frame(unpacked(data));
      this.send("drawn"); // Python sends the next frame when this one is on the screen
    };
    if (document.hidden) setTimeout(draw, HIDDEN_PAUSE);
    else requestAnimationFrame(draw);
  }
}
