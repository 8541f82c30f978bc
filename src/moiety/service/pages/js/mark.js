// The mark: two halves. They meet when a person and a code belong together, and stand apart when they do not.

import { svg } from "./dom.js";

const LEFT = "M30 8 A24 24 0 0 0 30 56 Z";
const RIGHT = "M34 8 A24 24 0 0 1 34 56 Z";

const PLACES = {
  accept: { left: "translate(1.2 0)", right: "translate(-1.2 0)", how: "full" },
  reject: { left: "translate(0 -5)", right: "translate(0 5)", how: "full" },
  refused: { left: "", right: "", how: "full" },
  inconclusive: { left: "", right: "", how: "dotted" },
  plain: { left: "", right: "", how: "half" },
};

export function mark(kind = "plain", label = "") {
  const place = PLACES[kind] ?? PLACES.inconclusive;
  return svg(
    "svg",
    {
      class: `mark ${kind}`, viewBox: "0 0 64 64", role: label ? "img" : undefined,
      "aria-label": label || undefined, "aria-hidden": label ? undefined : "true", focusable: "false",
    },
    svg("path", { class: `half ${place.how}`, d: LEFT, transform: place.left || undefined }),
    svg("path", {
      class: `half ${place.how === "half" ? "open" : place.how}`, d: RIGHT, transform: place.right || undefined,
    }),
    kind === "accept" && svg("path", { class: "sign", d: "M20 33 L29 42 L45 23" }),
    kind === "refused" && svg("path", { class: "sign", d: "M8 56 L56 8" }), // a code struck through
    kind === "reject" && svg("path", { class: "sign", d: "M23 24 L41 42 M41 24 L23 42" }),
  );
}
