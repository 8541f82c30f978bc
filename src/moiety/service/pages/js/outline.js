// The outline over the camera's picture: two halves of an oval that fill towards each other, or a hand, or a square.

import { svg } from "./dom.js";

const OVAL = { cx: 150, cy: 188, rx: 96, ry: 128 };
const HALF = Math.PI * (3 * (OVAL.rx + OVAL.ry) - Math.sqrt((3 * OVAL.rx + OVAL.ry) * (OVAL.rx + 3 * OVAL.ry))) / 2;

const bottom = `M150 ${OVAL.cy + OVAL.ry}`;
const top = `150 ${OVAL.cy - OVAL.ry}`;
const ARCS = {
  left: `${bottom} A${OVAL.rx} ${OVAL.ry} 0 0 1 ${top}`,
  right: `${bottom} A${OVAL.rx} ${OVAL.ry} 0 0 0 ${top}`,
};

// Four fingers held up, palm to the camera: right hand as the camera sees it, index at the left.
const FINGERS = [
  "M80 330 V152 a17 17 0 0 1 34 0 V330", "M118 330 V112 a17.500 17.500 0 0 1 35 0 V330",
  "M157 330 V130 a17 17 0 0 1 34 0 V330", "M195 330 V184 a15.500 15.500 0 0 1 31 0 V330",
];

const CORNERS = [
  "M50 110 V76 H84", "M250 110 V76 H216", "M50 250 V284 H84", "M250 250 V284 H216",
];

const ARROWS = {
  left: "M34 158 L8 188 L34 218", right: "M266 158 L292 188 L266 218",
"tilt-left": "M118 40 A150 150 0 0 0 34 92 M66 92 L32 94 L34 60", "tilt-right": "M182 40 A150 150 0 0 1 266 92 M234 92 L268 94 L266 60",
};

export class Outline {
  #arcs = [];
  #arrow;
  #fingers = [];

  constructor(kind) {
    const inner = { face: () => this.#face(), hand: () => this.#hand(), code: () => this.#code() }[kind]();
    this.element = svg("svg", {
      class: `outline ${kind}`, viewBox: "0 0 300 376", preserveAspectRatio: "xMidYMid meet", "aria-hidden": "true",
    }, inner);
  }

  #face() {
    const made = [];
    for (const side of ["left", "right"]) {
      made.push(svg("path", { class: "edge", d: ARCS[side] }), svg("path", { class: "line", d: ARCS[side] }));
      const arc = svg("path", { class: "fill", d: ARCS[side], "stroke-dasharray": `${HALF} ${HALF}`, "stroke-dashoffset": HALF });
      this.#arcs.push(arc);
      made.push(arc);
    }
    this.#arrow = svg("path", { class: "arrow", d: "" });
    return [...made, this.#arrow];
  }

  #hand() {
    const group = svg("g", { class: "fingers" });
    for (const d of FINGERS) {
      const finger = svg("path", { class: "line", d });
      this.#fingers.push(finger);
      group.append(svg("path", { class: "edge", d }), finger);
    }
    this.group = group;
    return [group];
  }

  #code() {
    return CORNERS.flatMap((d) => [svg("path", { class: "edge", d }), svg("path", { class: "line", d })]);
  }

  /** 0 to 1: the halves grow from below and meet at the top. */
  progress(share) {
    for (const arc of this.#arcs) arc.setAttribute("stroke-dashoffset", HALF * (1 - Math.min(1, Math.max(0, share))));
    for (const [i, finger] of this.#fingers.entries()) finger.classList.toggle("done", share * 4 > i);
  }

  /** An arrow for a turn as it looks on this screen, or none. */
  point(way) {
    this.#arrow?.setAttribute("d", ARROWS[way] ?? "");
  }

  /** Which hand, as it looks on this screen. */
  flip(on) {
    if (on) this.group?.setAttribute("transform", "translate(306 0) scale(-1 1)");
    else this.group?.removeAttribute("transform");
  }

  good(on) {
    this.element.classList.toggle("good", on);
  }
}
