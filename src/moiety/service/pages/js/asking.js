// What a person is asked about, and who agrees for a child: chosen by the operator, never assumed.

import { h } from "./dom.js";
import { t } from "./text.js";

const RELATIONS = ["parent", "legal-guardian", "caregiver"];

/** What for: one of the site's purposes, or the operator's own words where the site allows that. */
export function purposes({ purposes: given, other }, wanted) {
  const words = h("textarea", { id: "purpose", minlength: 3, maxlength: 500, rows: 2, "aria-describedby": "purpose-about" });
  const field = h("div", { class: "field", id: "in-words" },
    h("label", { for: "purpose", text: t(given.length ? "pages.enrol.purpose.words" : "pages.enrol.purpose") }), words,
    h("p", { class: "about", id: "purpose-about", text: t("pages.enrol.purpose.about") }));
  const choose = (inWords) => {
    field.hidden = !inWords;
    words.required = inWords;
  };
  const choices = [...given.map(({ name, text }) => [name, text]), ...(given.length && other ? [["", t("pages.enrol.purpose.other")]] : [])]
    .map(([name, text], index) => h("label", { class: "check" },
      h("input", { type: "radio", name: "purpose", value: name, checked: wanted ? wanted.name === name : index === 0, id: name ? undefined : "other-purpose", onchange: () => choose(!name) }),
      h("span", { text })));
  words.value = wanted?.words ?? "";
  choose(!given.length || wanted?.name === "");
  return {
    element: [
      choices.length > 0 && h("fieldset", { id: "purposes" }, h("legend", { text: t("pages.enrol.purpose") }), choices),
      other && field,
    ],
    draft: () => ({ name: document.querySelector("input[name=purpose]:checked")?.value ?? "", words: words.value }),
    chosen() {
      if (!field.hidden) return { purpose: words.value.trim(), purposeText: words.value.trim() };
      const name = document.querySelector("input[name=purpose]:checked").value;
      return { purpose: name, purposeText: given.find((one) => one.name === name).text };
    },
  };
}

/** Who agrees for a child: one of three, chosen and not assumed. */
export function guardians(wanted) {
  const child = h("input", { type: "checkbox", id: "child", checked: Boolean(wanted?.child) });
  const radios = RELATIONS.map((one) => h("input", { type: "radio", name: "guardian", value: one, id: `guardian-${one}`, checked: wanted?.guardian === one }));
  const who = h("fieldset", { id: "guardians" }, h("legend", { text: t("pages.enrol.guardian") }),
    radios.map((one) => h("label", { class: "check" }, one, h("span", { text: t(`relation.${one.value}`) }))));
  const show = () => {
    who.hidden = !child.checked;
    for (const one of radios) one.required = child.checked;
  };
  child.addEventListener("change", show);
  show();
  const chosen = () => (child.checked ? (radios.find((one) => one.checked)?.value ?? null) : null);
  return {
    element: [
      h("label", { class: "check" }, child, h("span", {}, t("pages.enrol.child"), h("span", { class: "about", text: t("pages.enrol.child.about") }))),
      who,
    ],
    chosen,
    draft: () => ({ child: child.checked, guardian: chosen() }),
  };
}
