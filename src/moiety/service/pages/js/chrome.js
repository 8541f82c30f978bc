// What stands on every page: the mark, the languages, one place for the present state, and the way out.

import { button, h, show } from "./dom.js";
import { mark } from "./mark.js";
import { toSignIn, canHere, signInAgain } from "./signin.js";
import { LANGUAGES, choose, first, has, language, loadTexts, t } from "./text.js";
import { begin, mayLeave, watch } from "./unsaved.js";

const HOPELESS = new Set([ // what trying again cannot help
  "not-allowed", "other-page", "key-unavailable", "home", "trust-refused", "model", "permissions-too-open", "clock-set-back",
  "insecure", "inside-app", "no-purpose", "no-issuer", "no-verifier",
]);

let place;
let foot;

let onlanguage = () => {};

/** Hear of it when another language was chosen: for what the service wrote in the one before. */
export function heard(listener) {
  onlanguage = listener;
}

export async function open(titleKey) {
  try {
    await loadTexts();
  } catch {
    document.body.replaceChildren(
      h("main", { class: "sheet" },
        h("h1", { text: "The service does not answer" }),
        h("p", { text: "This page cannot reach the service that it came from. · La página no llega al servicio. · لا تصل الصفحة إلى الخدمة." }),
        button("Try again · Reintentar · حاول مجددًا", () => location.reload(), { kind: "main" })),
    );
    return null;
  }
  const name = () => { document.title = `${t(titleKey)} · Moiety`; };
  name();
  watch();
  place = h("main", { id: "place", tabindex: "-1" });
  foot = h("footer", { class: "foot" });
  const languages = h("select", { id: "language", "aria-label": t("pages.language"), onchange: (event) => choose(event.target.value).then(name).then(() => onlanguage(language), () => { event.target.value = language; }) },
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

/** Draw one state: a heading that takes the focus, its content, and below it the way out. `unsaved()`: whether it holds something. */
export function screen({ title, lead, name, wide = false, out, top, heading: given, unsaved }, ...content) {
  begin(unsaved);
  const heading = given ?? h("h1", { tabindex: "-1", text: title });
  place.className = wide ? "wide" : "sheet";
  place.dataset.state = name ?? "";
  show(place, top ?? heading, lead && h("p", { class: "lead", text: lead }), content);
  show(foot, out && h("button", { type: "button", class: "button way-out", onclick: () => (!out.ask || mayLeave()) && out.go(), id: "way-out" }, out.label ?? t("pages.out.button")));
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
  return heading;
}

/** What helps: sign in where the session ended, try again where that can help, else the start page. */
function help(code, { action, label, note }) {
  if (code === "not-signed-in") {
    const again = async () => {
      if (!canHere() || note.textContent) return toSignIn();
      return signInAgain().then(action, () => { note.textContent = t("pages.error.passkey-refused.cause"); });
    };
    return button(t("pages.signin.go"), again, { kind: "main", id: "action" });
  }
  if (HOPELESS.has(code)) return h("a", { class: "button main", href: "/", id: "action" }, t("pages.to-start"));
  return button(label ?? first(`pages.error.${code}.action`, "pages.again"), action, { kind: "main", id: "action" });
}

/** What went wrong, and what to do about it. */
export const explained = (code) => [
  h("p", { class: "cause", text: first(`error.${code}`, `pages.error.${code}`, "pages.error.other") }),
  has(`remedy.${code}`) && h("p", { class: "remedy", text: t(`remedy.${code}`) }),
];

/** What went wrong within a screen: cause, remedy, and the button that helps. */
export function inlineTrouble(error, action) {
  const code = typeof error.code === "string" ? error.code : "other";
  const note = h("p", { role: "status" });
  return h("div", { class: "trouble", role: "alert", "data-code": code },
    explained(code), note,
    h("div", { class: "actions" }, help(code, { action, note })));
}

/** A screen for what went wrong: heading, cause, remedy, one action. */
export function trouble(code, { name = "error", action, label, out, cause, unsaved, thing }) {
  const note = h("p", { role: "status" });
  const key = has(`pages.error.${code}`) ? `pages.error.${code}` : "pages.error.other";
  const remedy = has(`${key}.remedy`) ? `${key}.remedy` : `remedy.${code}`;
  const told = has(`error.${code}`) ? t(`error.${code}`) : (cause ?? "");
  screen(
    { title: t(key), name, out, unsaved },
    h("div", { class: "trouble", role: "alert", "data-code": code },
      mark("inconclusive"),
      h("div", {},
        h("p", { class: "cause", text: has(`thing.${thing}`) ? t(`thing.${thing}`) : has(`${key}.cause`) ? t(`${key}.cause`) : told }),
        has(remedy) && h("p", { class: "remedy", text: t(remedy) }), note)),
    h("div", { class: "actions" }, help(code, { action, label, note })),
  );
}

/** Something is being worked on; it ends by itself. */
export function working(title, out, name = "working", unsaved) {
  const sign = mark("plain");
  sign.classList.add("working");
  screen({ title, name, out, unsaved }, h("div", { role: "status" }, sign, h("p", { class: "visually-hidden", text: t("pages.working") })));
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
