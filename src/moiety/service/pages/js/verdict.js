// The verdict: in words and in a symbol, its reasons in order, what to do next. No score, no percentage of likeness.

import { button, h } from "./dom.js";
import { mark } from "./mark.js";
import { clock, day, first, has, number, t } from "./text.js";

const OUTCOMES = ["accept", "reject", "inconclusive", "refused"];

function words(code, given) {
  if (has(`reason.${code}`)) return t(`reason.${code}`);
  if (has(`finding.${code}`)) return t(`finding.${code}`);
  if (has(`error.${code}`)) return t(`error.${code}`);
  return given ?? "";
}

/** "1 in 10,000": how often the wrong person would pass, as the policy asks for it. */
function rate(fmr) {
  return t("pages.verdict.fmr", { times: number(Math.round(1 / fmr)) });
}

/** Which document it was, where it came from a holder's wallet or file. */
function about(credential) {
  const type = credential?.document_type;
  return type ? h("p", { class: "small", id: "document", text: t("pages.verdict.document", { type, issuer: credential.issuer }) }) : false;
}

/** What was found at a glance: "Live person seen · valid until … · 19:22". */
function glance({ liveness, credential }) {
  const told = [
    liveness?.level === "shown" && t("pages.verdict.live"),
    credential?.expires && t("pages.code.until", { date: day(credential.expires) }),
    clock(Date.now()),
  ].filter(Boolean);
  return h("p", { class: "sentence", id: "glance" }, told.map((one, i) => [i > 0 && " · ", h("span", { text: one })]));
}

/** What to do next: for a refused code what helps against that very reason. */
function advice(outcome, reasons) {
  const remedy = outcome === "refused" && reasons.map((one) => `remedy.${one.code}`).find(has);
  return remedy ? t(remedy) : first(`pages.verdict.next.${outcome}`, "pages.verdict.next.inconclusive");
}

export function verdict(answer, { onagain, onnext, onfinger, onreceipt, onother }) {
  const outcome = OUTCOMES.includes(answer.outcome) ? answer.outcome : "inconclusive";
  const reasons = (answer.reasons ?? []).map((one) => words(one.code, one.text)).filter(Boolean);
  const shown = new Set((answer.reasons ?? []).map((one) => one.code));
  const findings = (answer.findings ?? []).filter((one) => !shown.has(one.code)).map((one) => words(one.code, one.text));
  const heading = h("h1", { tabindex: "-1", class: "word", text: t(`pages.verdict.${outcome}`) });
  return {
    heading,
    card: h("div", { class: `verdict ${outcome}`, "data-outcome": outcome, role: "status" },
      mark(outcome),
      h("div", {}, heading, h("p", { class: "sentence", text: t(`pages.verdict.told.${outcome}`) }),
        outcome === "accept" && glance(answer))),
    title: t(`pages.verdict.${outcome}`),
    content: [
      h("section", { "aria-labelledby": "why" },
        h("h2", { id: "why", text: t("pages.verdict.why") }),
        h("ol", { class: "reasons" }, reasons.map((one) => h("li", { text: one })))),
      findings.length > 0 && h("section", { "aria-labelledby": "seen" },
        h("h2", { id: "seen", text: t("pages.verdict.findings") }),
        h("ul", { class: "reasons" }, findings.map((one) => h("li", { text: one })))),
      h("section", { class: "next", "aria-labelledby": "next" },
        h("h2", { id: "next", text: t("pages.verdict.next") }),
        about(answer.credential),
        h("p", { text: advice(outcome, answer.reasons ?? []) }),
        answer.target_fmr && outcome === "accept" && h("p", { class: "small", text: rate(answer.target_fmr) })),
      h("div", { class: "actions" },
        onagain && ["inconclusive", "reject"].includes(outcome) && button(t("pages.verdict.again"), onagain, { kind: "main", id: "again" }),
        onother && outcome !== "accept" && button(t("pages.out.button"), onother, { id: "another-way" }),
        button(t("pages.verdict.next-person"), onnext, { kind: outcome === "accept" || outcome === "refused" || !onagain ? "main" : "plain", id: "next-person" }),
        outcome !== "accept" && onfinger && button(t("pages.verdict.finger"), onfinger, { id: "finger" }),
        onreceipt && button(t("pages.verdict.receipt"), onreceipt, { id: "receipt" })),
    ],
  };
}
