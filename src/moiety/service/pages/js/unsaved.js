// What a click would lose: typed and not sent, shown once and not copied, made and not handed over. It is asked about first.

import { button, h } from "./dom.js";
import { t } from "./text.js";

const WRITTEN = "textarea, input:not([type=checkbox]):not([type=radio]):not([type=file])";
let typed = false;
let kept = () => false;
const shown = new Set();

export function holding() {
  for (const one of shown) if (!one.isConnected) shown.delete(one);
  return typed || shown.size > 0 || kept();
}

/** A new screen: what was typed on the last one was sent or given up. `unsaved()` says whether this one holds something. */
export function begin(unsaved = () => false) {
  typed = false;
  kept = unsaved;
}

/** Ask before what is held is given up. */
export function mayLeave() {
  if (holding() && !window.confirm(t("pages.unsaved.leave"))) return false;
  shown.clear();
  begin();
  return true;
}

export function watch() {
  addEventListener("beforeunload", (event) => {
    if (holding()) event.preventDefault();
  });
  addEventListener("input", (event) => {
    if (event.target.matches(WRITTEN)) typed = event.target.value !== "";
  });
  addEventListener("submit", () => {
    typed = false;
  });
}

/** A secret that is shown this once, with a button that copies it; asked about until it was copied. */
export function once(value, id) {
  const go = async () => {
    await navigator.clipboard.writeText(value).then(saved, () => getSelection().selectAllChildren(box.firstChild));
  };
  const copy = button(t("pages.copy"), go, { id: `${id}-copy`, "data-copy": "" });
  const box = h("span", { class: "once" }, h("output", { class: "secret", dir: "ltr", id, text: value }), copy);
  const saved = () => {
    shown.delete(box);
    copy.textContent = t("pages.copied");
  };
  box.addEventListener("copy", saved);
  shown.add(box);
  return box;
}
