// The camera's stage: picture, outline, one hint at a time, progress, manual shutter, torch, the other camera.

import { button, h } from "./dom.js";
import { Outline } from "./outline.js";
import { has, t } from "./text.js";

export class Stage {
  #hint;
  #spoken;
  #slow;
  #torch;
  #around;
  #picker;
  #zoom;
  #code = "";

  constructor({ kind, camera, onshutter, shutterLabel, onaround }) {
    this.camera = camera;
    this.kind = kind;
    this.outline = new Outline(kind);
    this.#hint = h("p", { class: "hint", "data-code": "" });
    this.#spoken = h("p", { class: "visually-hidden", role: "status", "aria-live": "polite", id: "hint" });
    this.#slow = h("p", { class: "slow", hidden: true, text: t("pages.capture.slow") });
    this.frame = h("div", { class: `stage ${kind}` }, camera.video, this.outline.element, this.#slow);
    this.#torch = button(t("pages.capture.torch"), () => this.#light(), { hidden: true, "aria-pressed": "false", id: "torch" });
    this.#around = button(t("pages.capture.turn-camera"), () => this.#turn(onaround), { hidden: true, id: "turn-camera" });
    this.#picker = h("select", { hidden: true, id: "camera", "aria-label": t("pages.capture.camera"), onchange: (event) => this.#choose(event.target.value, onaround) });
    this.#zoom = h("input", { type: "range", hidden: true, id: "zoom", "aria-label": t("pages.capture.zoom"), oninput: (event) => this.camera.zoom(Number(event.target.value)).catch(() => { this.#zoom.hidden = true; }) });
    this.shutter = onshutter && button(shutterLabel ?? t("pages.capture.shutter"), onshutter, { kind: "shutter", id: "shutter" });
    this.counted = h("p", { class: "counted", "aria-hidden": "true" });
    this.element = h("div", { class: "capture" }, h("div", { class: "booth" }, this.frame, this.#hint), this.#spoken, this.counted,
      h("div", { class: "actions row" }, this.#torch, this.shutter, this.#around, this.#zoom, this.#picker));
  }

  async ready() {
    this.frame.classList.toggle("tall", this.camera.video.videoHeight > this.camera.video.videoWidth);
    this.#torch.hidden = !this.camera.hasTorch;
    this.#torch.setAttribute("aria-pressed", String(this.camera.lit));
    const zooms = this.kind === "code" ? this.camera.zooms : null; // a face is not to be cut out of its surroundings
    this.#zoom.hidden = !zooms;
    if (zooms) Object.assign(this.#zoom, { min: zooms.min, max: zooms.max, step: zooms.step, value: zooms.now });
    const cameras = await this.camera.list().catch(() => []);
    this.#around.hidden = cameras.length < 2;
    this.#picker.hidden = cameras.length < 2;
    this.#picker.replaceChildren(...cameras.map((one, at) =>
      h("option", { value: one.id, selected: one.used }, one.label || t("pages.capture.camera-number", { number: at + 1 }))));
  }

  async #choose(id, onaround) {
    this.#picker.disabled = true;
    try {
      await this.camera.choose(id);
      await this.ready();
    } catch (error) {
      onaround?.(error);
    } finally {
      this.#picker.disabled = false;
    }
  }

  async #light() {
    const on = this.#torch.getAttribute("aria-pressed") !== "true";
    await this.camera.torch(on).then(
      () => this.#torch.setAttribute("aria-pressed", String(on)),
      () => { this.#torch.hidden = true; },
    );
  }

  async #turn(onaround) {
    this.#around.disabled = true;
    try {
      await this.camera.turnAround();
      await this.ready();
    } catch (error) {
      onaround?.(error);
    } finally {
      this.#around.disabled = false;
    }
  }

  /** The hint on the screen, by its code; screen readers hear each change once. */
  hint(code, words) {
    if (code === this.#code && words === undefined) return;
    this.#code = code;
    const key = has(`pages.hint.${code}`) ? `pages.hint.${code}` : "pages.hint.wait";
    const said = words ?? t(key);
    this.#hint.textContent = said;
    this.#hint.dataset.code = code;
    if (this.#spoken.textContent !== said) this.#spoken.textContent = said;
    this.outline.good(code === "good");
  }

  /** A turn that is asked for, with its arrow as it looks on this screen. */
  prompt(kind) {
    const swap = { left: "right", right: "left", "tilt-left": "tilt-right", "tilt-right": "tilt-left" };
    const seen = this.camera.mirrored ? kind : (swap[kind] ?? kind);
    this.outline.point(seen);
    this.hint(`ask-${kind}`);
    this.#hint.classList.add("asked");
    this.frame.dataset.prompt = kind;
  }

  /** The whole screen in a colour that lights the face, or as it was: only where the person agreed to it. */
  colour(rgb) {
    document.body.classList.toggle("coloured", rgb !== null);
    if (rgb) document.documentElement.style.setProperty("--colour", `rgb(${rgb.join(" ")})`);
    else document.documentElement.style.removeProperty("--colour");
  }

  slow(on) {
    this.#slow.hidden = !on;
  }

  count(done, of) {
    this.counted.textContent = of ? t("pages.capture.counted", { done, of }) : "";
  }
}
