// Verify: read the code, capture the person alive, show the verdict and its reasons.

import { ApiError, ask, post } from "./api.js";
import { textIn } from "./codefile.js";
import { codeScan } from "./codescan.js";
import { Capture, otherHand } from "./capturing.js";
import { open, otherWay, screen, trouble, working } from "./chrome.js";
import { button, facts, h } from "./dom.js";
import { Machine } from "./machine.js";
import { PinField } from "./pinfield.js";
import { requireSession } from "./session.js";
import { first, language, t } from "./text.js";
import { verdict } from "./verdict.js";

const MINUTE = 60_000;
const UNREAD = new Set([
  "code-unreadable", "code-not-found", "image-unreadable", "image-too-large", "request-malformed", "input", "document-unreadable",
]);

/** What one verification holds; nothing of it outlives the verification. */
const fresh = () => ({ code: null, pin: null, pinWrong: null, ceremony: null, motion: "turn", flash: false, fingers: false, side: "right" });

function renew(machine) {
  machine.context.capture?.close();
  Object.assign(machine.context, fresh(), { capture: new Capture() });
}

const WRONG_PIN = new Set(["pin-wrong", "pin-required"]);
const busy = () => true; // leaving now would throw the capture away
const out = (machine, label) => ({ go: () => machine.send("out"), label });

/** Begin a ceremony for the code that is held; a refused code is a verdict, an unread one is not. */
/** Whether the holder's device must sign for this verification: an SD-JWT VC that names the holder's key. */
function isBound(begun, text) {
  if (begun.credential?.kind !== "sd-jwt-vc") return false;
  try {
    const payload = text.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return "cnf" in JSON.parse(atob(payload));
  } catch {
    return true; // in a wrapping that only the service opens
  }
}

async function begin(machine, data) {
  const current = machine.ticket();
  const held = machine.context;
  try {
    if (data?.text !== undefined) held.code = { text: data.text.trim() };
    if (data?.file) held.code = { text: await textIn(data.file) };
    const begun = await post("/v1/verifications", { code: held.code.text });
    if (!current()) return;
    held.ceremony = begun;
    if (isBound(begun, held.code.text)) return machine.send("present");
    machine.send(begun.credential?.pin && !held.pin ? "pin" : "ready");
  } catch (error) {
    if (!current()) return;
    const read = error instanceof ApiError && error.status === 422 && !UNREAD.has(error.code);
    if (data?.text !== undefined && UNREAD.has(error.code)) machine.send("retype", { typed: data.text, thing: error.thing });
    else if (read) machine.send("refused", { outcome: "refused", reasons: [{ code: error.code, text: error.message }] });
    else machine.send("failed", { code: error.code ?? "other", thing: error.thing });
  }
}

export const states = {
  start: {
    after: { ms: 30 * MINUTE, event: "idle" },
    out: "other",
    on: { camera: "scanning", file: "reading", idle: "start" },
    enter(machine, data) {
      renew(machine);
      const retype = typeof data?.typed === "string";
      const file = h("input", {
        type: "file", accept: "image/*,text/plain,application/pdf,.cbor", hidden: true, id: "file",
        onchange: (event) => event.target.files[0] && machine.send("file", { file: event.target.files[0] }),
      });
      const typed = h("textarea", { id: "typed", autocomplete: "off", spellcheck: "false", dir: "ltr", "aria-invalid": retype ? "true" : undefined, "aria-describedby": retype ? "typed-wrong" : undefined });
      typed.value = data?.typed ?? "";
      screen(
        { title: t("pages.verify.title"), lead: t("pages.verify.lead"), name: "start", out: out(machine) },
        h("ol", { class: "steps" }, ["scan", "turn", "answer"].map((one) => h("li", { text: t(`pages.verify.step.${one}`) }))),
        h("div", { class: "actions" },
          button(t("pages.verify.scan"), () => machine.send("camera"), { kind: "main", id: "scan" }),
          button(t("pages.verify.file"), () => file.click(), { id: "choose-file" }), file),
        h("details", { open: retype }, h("summary", { text: t("pages.verify.typed") }),
          h("div", { class: "field" },
            h("label", { for: "typed", text: t("pages.verify.typed.label") }),
            retype && h("p", { role: "alert", class: "wrong", id: "typed-wrong", text: first(`thing.${data.thing}`, "pages.verify.typed.wrong") }), typed,
            button(t("pages.verify.typed.go"), () => typed.value && machine.send("file", { text: typed.value }), { id: "use-typed" }))),
      );
      if (retype) typed.focus();
    },
  },

  ...codeScan({ read: "reading", back: "start", out: "other" }),

  reading: {
    after: { ms: MINUTE, event: "failed" },
    out: "start",
    on: { ready: "before", pin: "pin", present: "present", refused: "verdict", retype: "start", failed: "error" },
    enter(machine, data) {
      working(t("pages.verify.reading"), out(machine, t("pages.back")));
      begin(machine, data);
    },
  },

  present: {
    after: { ms: 4 * MINUTE, event: "idle" },
    out: "other",
    on: { given: "before", idle: "start" },
    enter(machine) {
      const { ceremony, code } = machine.context;
      const answer = h("textarea", { id: "presented", autocomplete: "off", spellcheck: "false", dir: "ltr", required: true });
      const go = (event) => {
        event.preventDefault();
        code.text = answer.value.trim();
        if (code.text) machine.send("given");
        else answer.focus();
      };
      const value = (name, text) => [t(`pages.present.${name}`), h("code", { id: `present-${name}`, dir: "ltr", text })];
      screen(
        { title: t("pages.present.title"), lead: t("pages.present.lead"), name: "present", out: out(machine), unsaved: busy },
        facts([value("nonce", ceremony.nonce), value("audience", ceremony.audience)]),
        h("form", { class: "field", onsubmit: go },
          h("label", { for: "presented", text: t("pages.present.label") }), answer,
          h("div", { class: "actions" }, h("button", { class: "button main", id: "continue" }, t("pages.continue")))),
      );
    },
  },

  pin: {
    after: { ms: 3 * MINUTE, event: "idle" },
    out: "other",
    on: { given: "before", idle: "start" },
    enter(machine) {
      const { pinWrong } = machine.context;
      machine.context.pinWrong = null;
      const pin = new PinField({ label: t("pages.pin.label"), required: true });
      const go = (event) => {
        event.preventDefault();
        machine.context.pin = pin.value;
        machine.send("given");
      };
      screen(
        { title: t("pages.pin.title"), lead: t("pages.pin.lead"), name: "pin", out: out(machine), unsaved: busy },
        h("form", { class: "panel", onsubmit: go },
          pinWrong && h("p", { role: "alert", class: "wrong", id: "pin-wrong", text: t(`error.${pinWrong}`) }),
          pin.element,
          h("div", { class: "actions" }, h("button", { class: "button main", id: "continue" }, t("pages.continue")))),
      );
    },
  },

  before: {
    after: { ms: 4 * MINUTE, event: "idle" },
    out: "other",
    on: { go: "framing", idle: "start" },
    enter(machine) {
      const low = h("input", { type: "checkbox", id: "low", onchange: (event) => { machine.context.motion = event.target.checked ? "low" : "turn"; } });
      low.checked = machine.context.motion === "low";
      const flash = h("input", { type: "checkbox", id: "flash", onchange: (event) => { machine.context.flash = event.target.checked; } });
      flash.checked = machine.context.flash;
      screen(
        { title: t("pages.before.title"), lead: t("pages.before.lead"), name: "before", out: out(machine), unsaved: busy },
        h("ol", { class: "steps" }, ["one", "two", "three"].map((one) => h("li", { text: t(`pages.before.${one}`) }))),
        h("div", { class: "actions" }, button(t("pages.before.go"), () => machine.send("go"), { kind: "main", id: "start-camera" })),
        h("details", { id: "ways", open: low.checked || flash.checked }, h("summary", { text: t("pages.before.ways") }),
          h("label", { class: "check" }, low, h("span", {}, t("pages.before.low"), h("span", { class: "about", text: t("pages.before.low.about") }))),
          h("label", { class: "check" }, flash, h("span", {}, t("pages.before.flash"), h("span", { class: "about", text: t("pages.before.flash.about") })))),
      );
    },
  },

  framing: {
    after: { ms: 1.5 * MINUTE, event: "slow" },
    out: "other",
    on: { framed: "challenge", slow: "tooLong", failed: "error" },
    async enter(machine) {
      const held = machine.context;
      const { capture, ceremony } = held;
      const next = () => machine.send("framed");
      const begun = await capture.begin({
        machine, kind: "face", facing: "user", size: "guide", path: `/v1/capture/${ceremony.ceremony}`, order: { nonce: ceremony.nonce, code: held.code.text },
        draw: (stage) => screen({ title: t("pages.framing.title"), name: "framing", wide: true, out: out(machine), unsaved: busy }, stage.element),
        onshutter: next, shutterLabel: t("pages.framing.now"),
        say(message, stage) {
          if (message.say === "hint") {
            stage.hint(message.code);
            stage.outline.progress(message.progress ?? 0);
          }
          if (message.say === "ready") held.fingers ||= message.hands.length > 0;
          if (message.say === "framed") next();
        },
      });
      if (begun) capture.stream.tell({ do: "guide", what: "face" });
    },
  },

  challenge: {
    after: { ms: MINUTE, event: "slow" },
    out: "other",
    on: { seen: "deciding", hands: "hands", slow: "tooLong", failed: "error" },
    async enter(machine) {
      const held = machine.context;
      const { capture, motion, flash } = held;
      await capture.challenge({
        machine, motion, flash,
        draw: (stage) => screen({ title: t("pages.challenge.title"), name: "challenge", wide: true, out: out(machine), unsaved: busy }, stage.element),
        seen: () => machine.send(held.fingers ? "hands" : "seen"),
      });
    },
    leave(machine) {
      machine.context.capture.stream?.pause();
      machine.context.capture.stage?.colour(null);
    },
  },

  hands: {
    after: { ms: 2 * MINUTE, event: "slow" },
    out: "other",
    on: { taken: "deciding", other: "hands", slow: "tooLong", failed: "error" },
    async enter(machine) {
      const { capture, ceremony, side } = machine.context;
      const begun = await capture.begin({
        machine, kind: "hand", facing: "environment", size: "hand", path: `/v1/capture/${ceremony.ceremony}`,
        draw(stage) {
          stage.outline.flip(side === "left");
          screen({ title: t(`pages.hand.${side}`), name: "hands", wide: true, out: out(machine), unsaved: busy }, stage.element, h("div", { class: "actions" }, otherHand(machine)));
        },
        onshutter: () => capture.shutter(),
        say(message, stage) {
          if (message.say === "hint") {
            stage.hint(message.code);
            stage.outline.progress(message.progress ?? 0);
          }
          if (message.say === "taken") machine.send("taken");
        },
      });
      if (begun) capture.stream.tell({ do: "guide", what: "hand", side });
    },
    leave: (machine) => machine.context.capture.stream?.pause(), // a silent service may be comparing
  },

  deciding: {
    after: { ms: MINUTE, event: "failed" },
    out: "start",
    on: { done: "verdict", failed: "error" },
    enter(machine) {
      const { capture, pin } = machine.context;
      working(t("pages.deciding"), out(machine, t("pages.back")), "deciding", busy);
      capture.rest(); // nothing more is looked at
      capture.listen(machine, (message) => message.say === "done" && machine.send("done", message.answer));
      capture.stream?.tell({ do: "finish", pin: pin || null, language });
    },
    leave: (machine) => machine.context.capture.close(),
  },

  verdict: {
    after: { ms: 10 * MINUTE, event: "idle" },
    out: "other",
    on: { again: "reading", fingers: "reading", next: "start", other: "other", idle: "start" },
    enter(machine, answer) {
      machine.context.capture.close();
      const held = machine.context;
      const again = held.code !== null && answer.may_try_again !== false;
      const made = verdict(answer, {
        onagain: again ? () => machine.send("again") : undefined,
        onnext: () => machine.send("next"),
        onother: () => machine.send("other"),
        onfinger: again && !held.fingers && held.ceremony?.fingers ? () => {
          held.fingers = true;
          machine.send("fingers");
        } : undefined,
        onreceipt: answer.receipt ? () => save(answer) : undefined,
      });
      screen({ heading: made.heading, top: made.card, name: "verdict", out: out(machine) }, made.content);
    },
  },

  tooLong: {
    after: { ms: 5 * MINUTE, event: "back" },
    out: "other",
    on: { again: "reading", back: "start" },
    enter(machine) {
      machine.context.capture.close();
      trouble("too-long", { action: () => machine.send("again"), out: out(machine) });
    },
  },

  error: {
    after: { ms: 5 * MINUTE, event: "back" },
    out: "other",
    on: { again: "reading", back: "start", settings: "start" },
    enter(machine, data) {
      const held = machine.context;
      held.capture.close();
      const code = data?.timeout ? "service-away" : (data?.code ?? "other");
      if (WRONG_PIN.has(code) && held.code) { // straight back to the PIN, with what is wrong
        Object.assign(held, { pin: null, pinWrong: code });
        machine.send("again");
        return;
      }
      trouble(code, { thing: data?.thing, action: () => machine.send(machine.context.code && !UNREAD.has(code) ? "again" : "back"), out: out(machine) });
    },
  },

  other: {
    after: { ms: 10 * MINUTE, event: "start" },
    out: "start",
    on: { start: "start", back: "start" },
    enter(machine) {
      machine.context.capture?.close();
      const took = () => {
        ask("POST", "/v1/fallbacks", { ceremony: "verify" }).catch(() => {}); // counted by day, without a reason or a person
        machine.send("start");
      };
      otherWay({ onback: () => machine.send("back"), onstart: took });
    },
  },
};

// What `moiety receipt verify` checks, and `moiety ledger verify`.
function save({ receipt, ledger }) {
  const url = URL.createObjectURL(new Blob([JSON.stringify({ receipt, ledger }, null, 2)], { type: "application/json" }));
  h("a", { href: url, download: "moiety-receipt.json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), MINUTE);
}

export function machine() {
  return new Machine(states, { initial: "start", context: { ...fresh(), capture: new Capture() } });
}

export async function main() {
  if (!(await open("pages.verify.title")) || !(await requireSession())) return;
  const made = machine();
  addEventListener("pagehide", () => made.context.capture.close());
  made.start();
}
