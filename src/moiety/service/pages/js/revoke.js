// Revoke: find a code by camera, picture, text or identifier; see its status and why; suspend, restore or revoke it.

import { post } from "./api.js";
import { textIn } from "./codefile.js";
import { codeScan } from "./codescan.js";
import { Capture } from "./capturing.js";
import { open, otherWay, screen, trouble, working } from "./chrome.js";
import { button, facts, h } from "./dom.js";
import { Machine } from "./machine.js";
import { requireSession } from "./session.js";
import { day, first, t } from "./text.js";

const MINUTE = 60_000;
const SHORT = /^[0-9a-f]{4}-?[0-9a-f]{4}$/i;
const WHOLE = /^[0-9a-f]{32}$/i;
const TOLD = new Set(["not-found", "several-codes", "code-unreadable", "code-malformed", "code-not-found", "image-unreadable", "request-malformed", "input", "issuer-untrusted"]);

const out = (machine, label) => ({ go: () => machine.send("out"), label });
/** What was given, as the service takes it: an identifier, a short one as it is printed on the card, or the code's text. */
function named(text) {
  const plain = text.trim();
  if (SHORT.test(plain)) return { short_id: `${plain.slice(0, 4)}-${plain.slice(-4)}`.toUpperCase() };
  if (WHOLE.test(plain)) return { cti: plain.toLowerCase() };
  return { code: plain };
}

export const states = {
  find: {
    after: { ms: 30 * MINUTE, event: "idle" },
    out: "other",
    on: { camera: "scanning", given: "finding", idle: "find" },
    enter(machine, data) {
      machine.context.capture?.close();
      Object.assign(machine.context, { capture: new Capture(), which: null });
      const wrong = data?.wrong;
      const file = h("input", { type: "file", accept: "image/*,text/plain,application/pdf", hidden: true, id: "file", onchange: (event) => event.target.files[0] && machine.send("given", { file: event.target.files[0] }) });
      const which = h("input", { type: "text", id: "which", required: true, autocomplete: "off", spellcheck: "false", dir: "ltr", "aria-describedby": wrong ? "wrong which-about" : "which-about", "aria-invalid": wrong ? "true" : undefined });
      which.value = data?.typed ?? "";
      const go = (event) => {
        event.preventDefault();
        machine.send("given", { text: which.value });
      };
      screen(
        { title: t("pages.revoke.title"), lead: t("pages.revoke.lead"), name: "find", out: out(machine) },
        wrong && h("div", { role: "alert", class: "wrong", id: "wrong", "data-code": wrong }, h("p", { text: first(`thing.${data.thing}`, `pages.revoke.wrong.${wrong}`) })),
        h("form", { class: "panel", onsubmit: go },
          h("div", { class: "field" }, h("label", { for: "which", text: t("pages.revoke.which") }), which,
            h("p", { class: "about", id: "which-about", text: t("pages.revoke.which.about") })),
          h("div", { class: "actions" }, h("button", { class: "button main", id: "find" }, t("pages.revoke.find")))),
        h("div", { class: "actions" },
          button(t("pages.verify.scan"), () => machine.send("camera"), { id: "scan" }),
          button(t("pages.verify.file"), () => file.click(), { id: "choose-file" }), file));
      if (wrong) which.focus();
    },
  },

  ...codeScan({ read: "finding", back: "find", out: "find", label: "pages.back" }),

  finding: {
    after: { ms: MINUTE, event: "failed" },
    out: "find",
    on: { found: "found", wrong: "find", failed: "error" },
    async enter(machine, data) {
      const current = machine.ticket();
      const held = machine.context;
      working(t("pages.working"), out(machine, t("pages.back")), "finding");
      try {
        if (data?.file) held.which = named(await textIn(data.file));
        else if (data?.text !== undefined) held.which = named(data.text);
        const found = await post("/v1/credentials/find", held.which);
        if (current()) machine.send("found", { found });
      } catch (error) {
        if (!current()) return;
        const told = TOLD.has(error.code) ? error.code : null;
        const wrong = told === null || ["not-found", "several-codes"].includes(told) ? told : "unreadable";
        if (wrong) machine.send("wrong", { wrong, thing: error.thing, typed: data?.text });
        else machine.send("failed", { code: error.code ?? "other" });
      }
    },
  },

  found: {
    after: { ms: 10 * MINUTE, event: "idle" },
    out: "find",
    on: { changed: "found", again: "finding", next: "find", idle: "find", failed: "error" },
    enter(machine, { found, done }) {
      machine.context.which = { cti: found.cti };
      const change = (to) => async () => {
        if (to === "revoked" && !window.confirm(t("pages.status.sure"))) return;
        const current = machine.ticket();
        try {
          await post("/v1/credentials/status", { cti: found.cti, status: to });
          const now = await post("/v1/credentials/find", { cti: found.cti });
          if (current()) machine.send("changed", { found: now, done: true });
        } catch (error) {
          if (current()) machine.send("failed", { code: error.code ?? "other" });
        }
      };
      const { status } = found;
      screen(
        { title: t("pages.code.id", { id: found.short_id }), name: "found", out: out(machine, t("pages.back")) },
        h("p", { class: "lead", role: "status", id: "status", "data-status": status, text: t(`pages.status.is.${status}`) }),
        facts([
          [t("pages.revoke.why"), h("ul", { id: "reasons" }, found.reasons.map((one) => h("li", { text: t(`pages.revoke.why.${one}`) })))],
          found.expires && [t("pages.review.until"), day(found.expires)],
          [t("pages.revoke.identifier"), h("code", { dir: "ltr", id: "identifier", text: found.cti })],
        ].filter(Boolean)),
        h("div", { class: "actions" },
          status === "valid" && button(t("pages.status.suspend"), change("suspended"), { id: "suspend" }),
          status === "suspended" && button(t("pages.status.restore"), change("valid"), { id: "restore" }),
          status !== "revoked" && button(t("pages.status.revoke"), change("revoked"), { kind: "danger", id: "revoke" }),
          button(t("pages.revoke.next"), () => machine.send("next"), { kind: done || status === "revoked" ? "main" : "plain", id: "next" })),
        h("p", { class: "small", text: t("pages.status.about") }));
    },
  },

  error: {
    after: { ms: 5 * MINUTE, event: "back" },
    out: "find",
    on: { back: "find", again: "finding" },
    enter(machine, data) {
      machine.context.capture?.close();
      trouble(data?.timeout ? "service-away" : (data?.code ?? "other"), { action: () => machine.send(machine.context.which ? "again" : "back"), out: out(machine, t("pages.back")) });
    },
  },

  other: {
    after: { ms: 10 * MINUTE, event: "back" },
    out: "find",
    on: { back: "find" },
    enter: (machine) => otherWay({ onback: () => machine.send("back"), onstart: () => location.assign("/") }),
  },
};

export function machine() {
  return new Machine(states, { initial: "find", context: { capture: new Capture(), which: null } });
}

export async function main() {
  if (!(await open("pages.revoke.title")) || !(await requireSession())) return;
  const made = machine();
  addEventListener("pagehide", () => made.context.capture?.close());
  made.start();
}
