// The camera: asked for on a tap, let go of at once, taken again when the page comes back.

import { h } from "./dom.js";

const INSIDE_APPS = /FBAN|FBAV|FB_IAB|Instagram|Line\/|MicroMessenger|Snapchat|TikTok|musical_ly|Twitter|; wv\)|GSA\//;
const REASONS = {
  NotAllowedError: "camera-denied", SecurityError: "camera-denied", NotFoundError: "camera-none",
  NotReadableError: "camera-busy", AbortError: "camera-busy", OverconstrainedError: "camera-none",
};

const GONE = new Set(["OverconstrainedError", "NotFoundError", "NotReadableError", "AbortError"]);

const STILL_MS = 500;
const MUTED_MS = 2000; // a call or another page takes the camera for a moment; longer, and it is taken again
const OLD_MS = 1000;

/** Why no camera can be had here at all, or "". Known before anything is asked. */
export function hindrance() {
  if (INSIDE_APPS.test(navigator.userAgent)) return "inside-app";
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return "insecure";
  return "";
}

const chosen = (facing) => `moiety.camera.${facing}`;

function remembered(facing) {
  try {
    return localStorage.getItem(chosen(facing)) ?? "";
  } catch {
    return ""; // a browser that keeps nothing
  }
}

function remember(facing, deviceId) {
  try {
    localStorage.setItem(chosen(facing), deviceId);
  } catch {
    // as above
  }
}

export class CameraError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export class Camera {
  #stream = null;
  #canvas = document.createElement("canvas");
  #facing;
  #ideal;
  #shown = { at: 0, count: 0, heard: -STILL_MS };
  #grabbed = -1;
  #restarted = -Infinity;
  #opening = 0;
  #onvisible = () => this.#returned();

  /** @param onlost called with a code when the camera goes away, @param onback when it is there again. */
  constructor({ facing = "user", width = 1280, height = 960, onlost = () => {}, onback = () => {} } = {}) {
    this.#facing = facing;
    this.#ideal = { width, height };
    this.onlost = onlost;
    this.onback = onback;
    this.video = h("video", { playsinline: true, muted: true, autoplay: true, "aria-hidden": "true", tabindex: "-1" });
    this.video.muted = true; // the attribute alone does not mute an element that a script made
  }

  get facing() {
    return this.#facing;
  }

  get live() {
    return this.#track?.readyState === "live";
  }

  /** Whether it shows a person as a mirror does: a camera that was picked may look the other way than was asked. */
  get mirrored() {
    return (this.#track?.getSettings?.().facingMode ?? this.#facing) !== "environment";
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  async open(deviceId = remembered(this.#facing)) {
    const why = hindrance();
    if (why) throw new CameraError(why);
    this.#release();
    const turn = (this.#opening += 1);
    // A device by its identifier, or a direction: both at once find no camera on some phones.
    const facing = { facingMode: { ideal: this.#facing } };
    const size = { width: { ideal: this.#ideal.width }, height: { ideal: this.#ideal.height } };
    const ask = (which) => navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, ...size } });
    let stream;
    try {
      stream = deviceId ? await ask({ deviceId: { exact: deviceId } }).catch((error) => {
        if (!GONE.has(error.name)) throw error;
        return ask(facing); // the one that was chosen here may be unplugged today
      }) : await ask(facing);
    } catch (error) {
      if (turn !== this.#opening) return;
      throw new CameraError(REASONS[error.name] ?? "camera-busy");
    }
    if (turn !== this.#opening) { // closed, or asked for another, while the browser asked for permission
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    this.#stream = stream;
    this.video.srcObject = this.#stream;
    this.video.classList.toggle("mirrored", this.mirrored);
    const [track] = this.#stream.getVideoTracks();
    track.addEventListener("ended", () => this.#restart(track));
    track.addEventListener("mute", () => this.#watchMuted(track));
    document.addEventListener("visibilitychange", this.#onvisible);
    await this.video.play().catch(() => {}); // an interrupted play is followed by another
    await this.#firstFrame(turn);
    if (turn === this.#opening) this.#follow(stream);
  }

  /** Know when each frame was taken: on a slow machine the picture on the screen is older than the moment. */
  #follow(stream) {
    if (!this.video.requestVideoFrameCallback) return;
    this.video.requestVideoFrameCallback((now, { captureTime, presentationTime, presentedFrames }) => {
      if (stream !== this.#stream) return;
      const taken = captureTime ?? presentationTime;
      const heard = performance.now();
      const at = taken <= heard && heard - taken < OLD_MS ? Math.max(taken, this.#shown.at) : now;
      this.#shown = { at, count: presentedFrames, heard };
      this.#follow(stream);
    });
  }

  async #firstFrame(turn) {
    const waiting = () => turn === this.#opening && !this.video.videoWidth;
    for (let i = 0; i < 60 && waiting(); i += 1) await new Promise((done) => setTimeout(done, 50));
    if (waiting()) {
      this.close();
      throw new CameraError("camera-busy");
    }
  }

  #watchMuted(track) {
    setTimeout(() => track.muted && this.#restart(track), MUTED_MS);
  }

  /** Take the camera again once, when it stops by itself: another app had it, or the system put it to sleep. */
  async #restart(track) {
    if (this.#track !== track || document.hidden) return; // let go of, or taken again on return
    const now = performance.now();
    if (now - this.#restarted < 10 * MUTED_MS) {
      this.onlost("camera-unplugged");
      return;
    }
    this.#restarted = now;
    try {
      await this.open();
      this.onback();
    } catch {
      this.onlost("camera-unplugged");
    }
  }

  async #returned() {
    if (document.hidden || !this.#stream) return;
    if (!this.live) {
      try {
        await this.open();
      } catch (error) {
        this.onlost(error.code);
        return;
      }
    } else {
      await this.video.play().catch(() => {});
      if (this.#track?.muted) this.#watchMuted(this.#track); // it may have been muted while nobody looked
    }
    this.onback();
  }

  /** The cameras of this device: `{id, label, used}` each. Their names are known once one was allowed. */
  async list() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const used = this.#track?.getSettings?.().deviceId;
    return devices.filter((one) => one.kind === "videoinput" && one.deviceId)
      .map((one) => ({ id: one.deviceId, label: one.label, used: one.deviceId === used }));
  }

  /** Use this camera, now and whenever this device looks in this direction again. */
  async choose(deviceId) {
    await this.open(deviceId);
    const used = this.#track?.getSettings?.().deviceId;
    if (used === undefined || used === deviceId) remember(this.#facing, deviceId);
  }

  /** From and to which factor this camera enlarges, as `{min, max, step, now}`; null where it does not. */
  get zooms() {
    const track = this.#track;
    const zoom = track?.getCapabilities?.().zoom;
    if (!zoom || !(zoom.max > zoom.min)) return null;
    return { min: zoom.min, max: Math.min(zoom.max, 4 * zoom.min), step: zoom.step || 0.1, now: track.getSettings().zoom ?? zoom.min };
  }

  async zoom(factor) {
    await this.#track?.applyConstraints({ advanced: [{ zoom: factor }] });
  }

  async turnAround() {
    this.#facing = this.#facing === "user" ? "environment" : "user";
    await this.open();
  }

  get hasTorch() {
    return this.#track?.getCapabilities?.().torch === true;
  }

  get lit() {
    return this.#track?.getSettings?.().torch === true;
  }

  async torch(on) {
    await this.#track?.applyConstraints({ advanced: [{ torch: on }] });
  }

  /** The picture of this moment as a JPEG, its longer side at most `side` pixels, and when it was taken, by
      `performance.now()`; without a picture where there is none, or, if it must be `fresh`, none since the last. */
  async grab(side, quality, { fresh = false } = {}) {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!this.live || !width || document.hidden) return {};
    const now = performance.now();
    const followed = now - this.#shown.heard < STILL_MS; // else the browser does not tell, and each moment is new
    if (fresh && followed && this.#shown.count === this.#grabbed) return {};
    this.#grabbed = this.#shown.count;
    const at = followed ? this.#shown.at : now;
    const scale = Math.min(1, side / Math.max(width, height));
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#canvas.getContext("2d", { alpha: false }).drawImage(this.video, 0, 0, this.#canvas.width, this.#canvas.height);
    const picture = await new Promise((done) => this.#canvas.toBlob(done, "image/jpeg", quality));
    return { picture, at };
  }

  #release() {
    const stream = this.#stream;
    this.#stream = null;
    for (const track of stream?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
  }

  close() {
    this.#opening += 1;
    document.removeEventListener("visibilitychange", this.#onvisible);
    this.#release();
    this.#canvas.width = this.#canvas.height = 0;
  }
}
