// A PIN: hidden while it is typed, shown on demand, and typed twice where it is new.

import { h } from "./dom.js";
import { t } from "./text.js";

const SHAPE = { autocomplete: "off", minlength: 4, maxlength: 64, spellcheck: "false", dir: "ltr" };

export class PinField {
  constructor({ label, about, twice = false, required = false }) {
    this.input = h("input", { type: "password", id: "pin", required, "aria-describedby": about ? "pin-about" : undefined, ...SHAPE });
    this.again = twice && h("input", { type: "password", id: "pin-again", ...SHAPE });
    const inputs = [this.input, this.again].filter(Boolean);
    const show = h("input", { type: "checkbox", id: "pin-show", onchange: () => inputs.forEach((one) => { one.type = show.checked ? "text" : "password"; }) });
    for (const one of inputs) one.addEventListener("input", () => this.#compare());
    this.element = [
      h("div", { class: "field" }, h("label", { for: "pin", text: label }), this.input, about && h("p", { class: "about", id: "pin-about", text: about })),
      this.again && h("div", { class: "field" }, h("label", { for: "pin-again", text: t("pages.pin.again") }), this.again),
      h("label", { class: "check" }, show, h("span", { text: t("pages.pin.show") })),
    ];
  }

  get value() {
    return this.input.value;
  }

  #compare() {
    if (this.again) this.again.setCustomValidity(this.again.value === this.input.value ? "" : t("pages.pin.differ"));
  }
}
