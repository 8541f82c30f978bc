// What stands on every page: the mark, the languages, one place for the present state, and the way out.

import { button, h, show } from "./dom.js";
import { mark } from "./mark.js";
import { LANGUAGES, choose, has, language, loadTexts, t } from "./text.js";

let place;
let foot;

export async function open(titleKey) {
  try {
    await loadTexts();
  } catch {
    document.body.replaceChildren(
      h("main", { class: "sheet" },
        h("h1", { text: "The service does not answer" }),
        h("p", { text: "This page cannot reach the service that it came from. · La página no llega al servicio." }),
        button("Try again · Reintentar", () => location.reload(), { kind: "main" })),
    );
    return null;
  }
  document.title = `${t(titleKey)} · Moiety`;
  place = h("main", { id: "place", tabindex: "-1" });
  foot = h("footer", { class: "foot" });
  const languages = h("select", { id: "language", "aria-label": t("pages.language"), onchange: (event) => choose(event.target.value) },
    Object.entries(LANGUAGES).map(([code, name]) => h("option", { value: code, lang: code, selected: code === language }, name)));
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#place" }, t("pages.skip")),
    h("header", { class: "head" },
      h("a", { class: "brand", href: "/", "aria-label": t("pages.home") }, mark(), h("span", { text: "Moiety" })),
      languages),
    place,
    foot,
  );
  return place;
}

/** Draw one state: a heading that takes the focus, its content, and below it the way out. */
export function screen({ title, lead, name, wide = false, out, top, heading: given }, ...content) {
  const heading = given ?? h("h1", { tabindex: "-1", text: title });
  place.className = wide ? "wide" : "sheet";
  place.dataset.state = name ?? "";
  show(place, top ?? heading, lead && h("p", { class: "lead", text: lead }), content);
  show(foot, out && h("button", { type: "button", class: "button way-out", onclick: out.go, id: "way-out" }, out.label ?? t("pages.out.button")));
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
  return heading;
}

/** A screen for what went wrong: heading, cause, one action. */
export function trouble(code, { name = "error", action, label, out, cause }) {
  const key = has(`pages.error.${code}`) ? `pages.error.${code}` : "pages.error.other";
  const told = cause ?? (has(`error.${code}`) ? t(`error.${code}`) : "");
  screen(
    { title: t(key), name, out },
    h("div", { class: "trouble", role: "alert", "data-code": code },
      mark("inconclusive"),
      h("p", { class: "cause", text: has(`${key}.cause`) ? t(`${key}.cause`) : told })),
    h("div", { class: "actions" }, button(label ?? (has(`${key}.action`) ? t(`${key}.action`) : t("pages.again")), action, { kind: "main", id: "action" })),
  );
}

/** Something is being worked on; it ends by itself. */
export function working(title, out, name = "working") {
  const sign = mark("plain");
  sign.classList.add("working");
  screen({ title, name, out }, h("div", { role: "status" }, sign, h("p", { class: "visually-hidden", text: t("pages.working") })));
}

/** The way without biometrics: what it is, that nobody asks why, and the way back. */
export function otherWay({ onback, onstart, name = "other" }) {
  screen(
    { title: t("pages.other.title"), lead: t("pages.other.lead"), name },
    h("ol", { class: "steps" }, ["one", "two", "three"].map((one) => h("li", { text: t(`pages.other.${one}`) }))),
    h("p", { class: "small", text: t("pages.other.free") }),
    h("div", { class: "actions" },
      button(t("pages.other.done"), onstart, { kind: "main", id: "done" }),
      button(t("pages.back"), onback, { id: "back" })),
  );
}
