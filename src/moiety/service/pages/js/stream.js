// Frames to the service, hints back. At most two frames are on their way: a poor network sends fewer of them. In a
// challenge the service says how many it has yet to look at: a slow one gets fewer too, and all are dated here.

const RATES = { quick: 1000 / 9, calm: 1000 / 6 };
const SLOW_MS = 1500;
const LOST_MS = 12_000;
const FORGOTTEN_MS = 4000;
const WAITING_MOST = 2;
const BEHIND_MOST = 3;
const BUFFERED_MOST = 300_000;
export const HEADER = 12;
const FULLS_KEPT = 6;

export const SIZES = {
  guide: { side: 320, quality: 0.75 },
  challenge: { side: 640, quality: 0.85 },
  code: { side: 1280, quality: 0.85 },
  hand: { side: 480, quality: 0.8 },
};
const FULL = { side: 4096, quality: 0.95 };

export function socketTo(path) {
  return new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`);
}

export class Stream {
  #socket;
  #camera;
  #size = SIZES.guide;
  #gap = RATES.calm;
  #seq = 0;
  #waiting = new Map();
  #timer = 0;
  #watch = 0;
  #heard = performance.now();
  #zero = performance.now();
  #turn = 0;
  #grabbing = false;
  #wanted = 0;
  #clock = 0;
  #behind = 0;
  #fulls = new Map();

  /** @param say called with each message of the service; also `{say: "slow"|"lost"|"closed"}` of this side. */
  constructor({ path, camera, say }) {
    this.#camera = camera;
    this.say = say;
    this.#socket = socketTo(path);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.addEventListener("message", (event) => this.#hear(event));
    this.#socket.addEventListener("close", () => this.#closed());
    this.opened = new Promise((done) => {
      this.#socket.addEventListener("open", () => done(true));
      this.#socket.addEventListener("close", () => done(false));
    });
  }

  tell(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  run(size, rate = "calm") {
    this.#size = SIZES[size];
    this.#gap = RATES[rate];
    this.#turn += 1;
    this.#heard = performance.now();
    this.#waiting.clear();
    this.#behind = 0;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#watch = setInterval(() => this.#look(), 500);
    this.#tick(this.#turn);
  }

  pause() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
  }

  use(camera) {
    this.#camera = camera;
  }

  /** A full-size picture that was sent, for the person to look at; null where it is gone already. */
  picture(seq) {
    return this.#fulls.get(seq) ?? null;
  }

  /** From now on frames are dated from this moment. */
  zero() {
    this.#zero = performance.now();
    this.#clock = 1;
  }

  close() {
    this.pause();
    this.#fulls.clear();
    this.say = () => {};
    this.#socket.close(1000);
  }

  async #tick(turn) {
    const begun = performance.now();
    await this.#step(turn);
    if (turn !== this.#turn) return; // paused, or run anew, while a picture was made
    // The answer's delay paces the next frame: what cannot be sent is not piled up.
    const spent = performance.now() - begun;
    const gap = this.#behind > BEHIND_MOST ? Math.max(this.#gap, RATES.calm) : this.#gap;
    this.#timer = setTimeout(() => this.#tick(turn), Math.max(0, gap - spent));
  }

  async #step(turn) {
    const free = this.#waiting.size < WAITING_MOST && this.#socket.bufferedAmount < BUFFERED_MOST;
    if (this.#grabbing || (!free && !this.#wanted) || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#grabbing = true;
    try {
      const full = this.#wanted > 0;
      const { side, quality } = full ? FULL : this.#size;
      const [zero, clock] = [this.#zero, this.#clock];
      const { picture, at } = await this.#camera.grab(side, quality, { fresh: true });
      if (!picture || turn !== this.#turn) return;
      if (full) {
        this.#wanted -= 1;
        this.#fulls.set(this.#seq + 1, picture);
        if (this.#fulls.size > FULLS_KEPT) this.#fulls.delete(this.#fulls.keys().next().value);
      }
      await this.#send(full ? 1 : 0, clock, at - zero, picture);
    } finally {
      this.#grabbing = false;
    }
  }

  async #send(kind, clock, at, picture) {
    const bytes = await picture.arrayBuffer();
    const message = new Uint8Array(HEADER + bytes.byteLength);
    const view = new DataView(message.buffer);
    this.#seq += 1;
    view.setUint8(0, kind);
    view.setUint8(1, clock);
    view.setUint32(4, this.#seq);
    view.setUint32(8, Math.max(0, Math.round(at)));
    message.set(new Uint8Array(bytes), HEADER);
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#waiting.set(this.#seq, performance.now());
    this.#socket.send(message);
  }

  #hear(event) {
    this.#heard = performance.now();
    let message;
    try {
      message = JSON.parse(event.data);
    } catch {
      return;
    }
    if (message.seq !== undefined) {
      for (const seq of [...this.#waiting.keys()]) if (seq <= message.seq) this.#waiting.delete(seq);
    }
    if (message.behind !== undefined) this.#behind = message.behind;
    if (message.say === "got") return;
    if (message.say === "want") this.#wanted = Math.min(3, this.#wanted + 1);
    else this.say(message);
  }

  #look() {
    if (document.hidden) {
      this.#heard = performance.now();
      return;
    }
    const now = performance.now();
    for (const [seq, sent] of this.#waiting) if (now - sent > FORGOTTEN_MS) this.#waiting.delete(seq);
    const silent = now - this.#heard;
    if (silent > LOST_MS) this.#closed();
    else this.say({ say: "slow", slow: silent > SLOW_MS });
  }

  #closed() {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(1000);
    this.pause();
    const say = this.say;
    this.say = () => {};
    say({ say: "closed" });
  }
}
