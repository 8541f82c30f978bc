// The camera: asked for on a tap, let go of at once, taken again when the page comes back.

import { h } from "./dom.js";

const INSIDE_APPS = /FBAN|FBAV|FB_IAB|Instagram|Line\/|MicroMessenger|Snapchat|TikTok|musical_ly|Twitter|; wv\)|GSA\//;
const REASONS = {
  NotAllowedError: "camera-denied", SecurityError: "camera-denied", NotFoundError: "camera-none",
  NotReadableError: "camera-busy", AbortError: "camera-busy", OverconstrainedError: "camera-none",
};

const STILL_MS = 500;
const OLD_MS = 1000;

/** Why no camera can be had here at all, or "". Known before anything is asked. */
export function hindrance() {
  if (INSIDE_APPS.test(navigator.userAgent)) return "inside-app";
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return "insecure";
  return "";
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
    return this.#stream?.getVideoTracks()[0]?.readyState === "live";
  }

  get mirrored() {
    return this.#facing === "user";
  }

  async open(deviceId) {
    const why = hindrance();
    if (why) throw new CameraError(why);
    this.#release();
    // A device by its identifier, or a direction: both at once find no camera on some phones.
    const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: this.#facing } };
    const size = { width: { ideal: this.#ideal.width }, height: { ideal: this.#ideal.height } };
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, ...size } });
    } catch (error) {
      throw new CameraError(REASONS[error.name] ?? "camera-busy");
    }
    this.video.srcObject = this.#stream;
    this.video.classList.toggle("mirrored", this.mirrored);
    const [track] = this.#stream.getVideoTracks();
    track.addEventListener("ended", () => this.#stream && this.onlost("camera-unplugged"));
    document.addEventListener("visibilitychange", this.#onvisible);
    await this.video.play().catch(() => {}); // an interrupted play is followed by another
    await this.#firstFrame();
    this.#follow(this.#stream);
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

  async #firstFrame() {
    for (let i = 0; i < 60 && !this.video.videoWidth; i += 1) await new Promise((done) => setTimeout(done, 50));
    if (!this.video.videoWidth) {
      this.close();
      throw new CameraError("camera-busy");
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
    }
    this.onback();
  }

  async several() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter((one) => one.kind === "videoinput").length > 1;
  }

  async turnAround() {
    this.#facing = this.#facing === "user" ? "environment" : "user";
    await this.open();
  }

  get hasTorch() {
    return this.#stream?.getVideoTracks()[0]?.getCapabilities?.().torch === true;
  }

  async torch(on) {
    await this.#stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on }] });
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
    document.removeEventListener("visibilitychange", this.#onvisible);
    this.#release();
    this.#canvas.width = this.#canvas.height = 0;
  }
}
