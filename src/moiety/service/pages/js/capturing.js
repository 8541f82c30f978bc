// What Verify and Enrol share of a capture: camera and stream opened together, and let go of together.

import { get } from "./api.js";
import { Camera } from "./camera.js";
import { button } from "./dom.js";
import { Stream } from "./stream.js";
import { Stage } from "./stage.js";
import { t } from "./text.js";

/** The way to show the other hand instead: `machine.context.side` changes, and "other" begins the state anew. */
export function otherHand(machine) {
  const held = machine.context;
  const change = () => {
    held.side = held.side === "right" ? "left" : "right";
    machine.send("other");
  };
  return button(t("pages.hand.other"), change, { id: "other-hand" });
}

export class Capture {
  camera = null;
  stream = null;
  stage = null;

  /** Open the camera, draw its stage with `draw(stage)`, and begin to listen. Null where the state went on. */
  async begin({ machine, kind, facing, size, path, order, draw, say, onshutter, shutterLabel, rate = "calm" }) {
    const current = machine.ticket();
    const lost = (code) => current() && machine.send("failed", { code });
    if (!this.camera?.live || this.camera.facing !== facing) {
      this.camera?.close();
      this.camera = new Camera({ facing, ...sizes[kind] });
    }
    this.camera.onlost = lost;
    this.camera.onback = () => current() && this.stage?.ready(); // another camera, or the same without its zoom
    // The service can't take a picture before it listens: a button that is pressed earlier counts as soon as it does.
    const early = { ready: false, pressed: false };
    const press = onshutter && (() => (early.ready ? onshutter() : (early.pressed = true)));
    this.stage = new Stage({ kind, camera: this.camera, onshutter: press, shutterLabel, onaround: (error) => lost(error.code) });
    draw(this.stage);
    this.stage.hint("wait");
    try {
      if (!this.camera.live) await this.camera.open();
      if (!current()) return false;
      await this.stage.ready();
    } catch (error) {
      if (current()) machine.send("failed", { code: error.code ?? "camera-busy" });
      return false;
    }
    if (!this.stream && !path) {
      machine.send("failed", { code: "net-lost" });
      return false;
    }
    if (!this.stream) {
      this.stream = new Stream({ path, camera: this.camera, say: () => {} });
      if (!(await this.stream.opened)) {
        const code = await whyRefused();
        if (current()) machine.send("failed", { code });
        return false;
      }
      if (order) this.stream.tell({ do: "open", ...order });
    }
    if (!current()) return false;
    this.stream.use(this.camera);
    this.stream.say = (message) => {
      if (!current()) return;
      if (message.say === "closed") machine.send("failed", { code: "net-lost" });
      else if (message.say === "failed") machine.send("failed", { code: message.error.code, cause: message.error.text });
      else if (message.say === "slow") this.stage.slow(message.slow);
      else say(message, this.stage);
    };
    this.stream.run(size, rate);
    early.ready = true;
    if (early.pressed) setTimeout(() => current() && onshutter()); // after what the caller asks of the service first
    return true;
  }

  /** Show the prompts of a challenge and send its frames; `seen()` once the service has all of them. */
  async challenge({ machine, motion, flash, draw, seen }) {
    const begun = await this.begin({
      machine, kind: "face", facing: this.camera?.facing ?? "user", size: "challenge", rate: "quick", draw,
      say: (message, stage) => {
        if (message.say === "started") this.stream.zero();
        if (message.say === "prompt") {
          stage.prompt(message.kind);
          stage.count(message.index + 1, message.of);
        }
        if (message.say === "colour") stage.colour(message.rgb);
        if (message.say === "hint") stage.outline.progress(message.progress ?? 0);
        if (message.say === "looking") {
          this.stream.pause();
          stage.colour(null);
          stage.hint("wait");
        }
        if (message.say === "seen") seen();
      },
    });
    if (begun) this.stream.tell({ do: "challenge", motion, flash });
  }

  /** Take a picture now. */
  shutter() {
    this.stream?.tell({ do: "shutter" });
  }

  /** Listen on, with the camera still: for what the service works out at the end. */
  listen(machine, say) {
    const current = machine.ticket();
    if (!this.stream) {
      machine.send("failed", { code: "net-lost" });
      return;
    }
    this.stream.say = (message) => {
      if (!current()) return;
      if (message.say === "closed") machine.send("failed", { code: "net-lost" });
      else if (message.say === "failed") machine.send("failed", { code: message.error.code, cause: message.error.text });
      else say(message);
    };
  }

  rest() {
    this.stream?.pause();
    this.camera?.close();
    this.camera = null;
    this.stage = null;
  }

  close() {
    this.stream?.close();
    this.stream = null;
    this.rest();
  }
}

/** A browser does not say why a socket was refused: an ended session answers for itself. */
async function whyRefused() {
  try {
    await get("/v1/session");
    return "no-websocket"; // the service answers: something on the way lets no WebSocket through
  } catch (error) {
    return error.code === "not-signed-in" ? error.code : "net-lost";
  }
}

const sizes = {
  face: { width: 1280, height: 960 },
  hand: { width: 4096, height: 3072 },
  code: { width: 1920, height: 1080 },
};
