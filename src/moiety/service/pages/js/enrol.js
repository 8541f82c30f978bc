// Enrol: notice, consent, faces, fingers if chosen, what will be stored, and the code that the person takes away.

import { ask, get, post } from "./api.js";
import { Capture, otherHand } from "./capturing.js";
import { open, otherWay, screen, trouble, working } from "./chrome.js";
import { button, h } from "./dom.js";
import { Machine } from "./machine.js";
import { requireSession } from "./session.js";
import { day, language, number, t } from "./text.js";

const MINUTE = 60_000;
const AGAIN = new Set(["liveness-refused", "quality-refused", "pictures-disagree"]); // under the same consent

const fresh = () => ({
  notice: null, consent: null, receipt: null, ceremony: null, purpose: "", purposeText: "", fingers: false, guardian: null,
  hands: {}, side: "right", pin: "", motion: "turn",
});

function letGo(held) {
  for (const url of Object.values(held.hands)) URL.revokeObjectURL(url);
}

function renew(machine) {
  machine.context.capture?.close();
  letGo(machine.context);
  Object.assign(machine.context, fresh(), { capture: new Capture() });
}

const out = (machine, label) => ({ go: () => machine.send("out"), label });
const facts = (rows) => h("dl", { class: "facts" }, rows.map(([term, told]) => h("div", {}, h("dt", { text: term }), h("dd", { text: told }))));

const modalities = (held) => (held.fingers ? ["face", "finger"] : ["face"]);

function shown(blob) {
  return blob ? URL.createObjectURL(blob) : "/icon.svg";
}

/** What for: one of the site's purposes, or the operator's own words where the site allows that. */
function purposes({ purposes: given, other }) {
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
      h("input", { type: "radio", name: "purpose", value: name, checked: index === 0, id: name ? undefined : "other-purpose", onchange: () => choose(!name) }),
      h("span", { text })));
  choose(!given.length);
  return {
    element: [
      choices.length > 0 && h("fieldset", { id: "purposes" }, h("legend", { text: t("pages.enrol.purpose") }), choices),
      other && field,
    ],
    chosen() {
      if (!field.hidden) return { purpose: words.value.trim(), purposeText: words.value.trim() };
      const name = document.querySelector("input[name=purpose]:checked").value;
      return { purpose: name, purposeText: given.find((one) => one.name === name).text };
    },
  };
}

export const states = {
  purpose: {
    after: { ms: 30 * MINUTE, event: "idle" },
    out: "other",
    on: { next: "notice", idle: "purpose", failed: "error" },
    async enter(machine) {
      renew(machine);
      const held = machine.context;
      const current = machine.ticket();
      working(t("pages.working"), out(machine), "looking");
      let site;
      try {
        site = await get(`/v1/purposes?language=${language}`);
      } catch (error) {
        if (current()) machine.send("failed", { code: error.code ?? "other", cause: error.message });
        return;
      }
      if (!current()) return;
      if (!site.purposes.length && !site.other) {
        machine.send("failed", { code: "no-purpose" });
        return;
      }
      const asked = purposes(site);
      const fingers = h("input", { type: "checkbox", id: "fingers" });
      const child = h("input", { type: "checkbox", id: "child" });
      const go = (event) => {
        event.preventDefault();
        Object.assign(held, { ...asked.chosen(), fingers: fingers.checked, guardian: child.checked ? "parent" : null });
        machine.send("next");
      };
      screen(
        { title: t("pages.enrol.title"), lead: t("pages.enrol.lead"), name: "purpose", out: out(machine) },
        h("form", { class: "panel", onsubmit: go },
          asked.element,
          h("label", { class: "check" }, fingers, h("span", {}, t("pages.enrol.fingers"), h("span", { class: "about", text: t("pages.enrol.fingers.about") }))),
          h("label", { class: "check" }, child, h("span", {}, t("pages.enrol.child"), h("span", { class: "about", text: t("pages.enrol.child.about") }))),
          h("div", { class: "actions" }, h("button", { class: "button main", id: "continue" }, t("pages.continue")))),
      );
    },
  },

  notice: {
    after: { ms: 15 * MINUTE, event: "idle" },
    out: "other",
    on: { agreed: "before", declined: "other", idle: "purpose", failed: "error" },
    async enter(machine) {
      const current = machine.ticket();
      const held = machine.context;
      working(t("pages.notice.loading"), out(machine), "notice");
      try {
        held.notice = await post("/v1/notices", {
          purpose: held.purpose, modalities: modalities(held), guardian: held.guardian, language,
        });
      } catch (error) {
        if (current()) machine.send("failed", { code: error.code ?? "other", cause: error.message });
        return;
      }
      if (!current()) return;
      screen(
        { title: t("notice.title"), name: "notice", out: out(machine) },
        h("article", { class: "notice", id: "notice" }, held.notice.paragraphs.map((one) => h("p", { class: one.key === "notice.choice" ? "choice" : undefined, text: one.text }))),
        h("div", { class: "actions" },
          button(t("notice.agree"), () => agree(machine), { kind: "main", id: "agree" }),
          button(t("notice.decline"), () => machine.send("declined"), { id: "decline" })),
      );
    },
  },

  before: {
    after: { ms: 5 * MINUTE, event: "idle" },
    out: "other",
    on: { go: "faces", idle: "purpose" },
    enter(machine) {
      const low = h("input", { type: "checkbox", id: "low", onchange: (event) => { machine.context.motion = event.target.checked ? "low" : "turn"; } });
      low.checked = machine.context.motion === "low";
      screen(
        { title: t("pages.enrol.before"), lead: t("pages.enrol.before.lead"), name: "before", out: out(machine) },
        h("ol", { class: "steps" }, ["one", "two", "three"].map((one) => h("li", { text: t(`pages.enrol.before.${one}`) }))),
        h("label", { class: "check" }, low, h("span", {}, t("pages.before.low"), h("span", { class: "about", text: t("pages.before.low.about") }))),
        h("div", { class: "actions" }, button(t("pages.before.go"), () => machine.send("go"), { kind: "main", id: "start-camera" })),
      );
    },
  },

  faces: {
    after: { ms: 3 * MINUTE, event: "slow" },
    out: "other",
    on: { framed: "challenge", slow: "tooLong", failed: "error" },
    async enter(machine) {
      const held = machine.context;
      const { capture, ceremony } = held;
      const next = () => machine.send("framed");
      const begun = await capture.begin({
        machine, kind: "face", facing: "user", size: "guide", path: `/v1/capture/${ceremony.ceremony}`, order: { nonce: ceremony.nonce, consent: held.consent.id },
        draw: (stage) => screen({ title: t("pages.enrol.faces"), name: "faces", wide: true, out: out(machine) }, stage.element),
        onshutter: next, shutterLabel: t("pages.framing.now"),
        say(message, stage) {
          if (message.say === "hint") {
            stage.hint(message.code);
            stage.outline.progress(message.progress ?? 0);
          }
          if (message.say === "framed") next();
        },
      });
      if (begun) capture.stream.tell({ do: "guide", what: "face" });
    },
    leave: (machine) => machine.context.capture.stream?.pause(),
  },

  challenge: {
    after: { ms: MINUTE, event: "slow" },
    out: "other",
    on: { done: "review", hands: "hands", slow: "tooLong", failed: "error" },
    async enter(machine) {
      const held = machine.context;
      await held.capture.challenge({
        machine, motion: held.motion, flash: false,
        draw: (stage) => screen({ title: t("pages.challenge.title"), name: "challenge", wide: true, out: out(machine) }, stage.element),
        seen: () => machine.send(held.fingers ? "hands" : "done"),
      });
    },
    leave: (machine) => machine.context.capture.stream?.pause(),
  },

  hands: {
    after: { ms: 4 * MINUTE, event: "skip" },
    out: "other",
    on: { other: "hands", done: "review", skip: "review", failed: "error" },
    async enter(machine) {
      const held = machine.context;
      const { capture, ceremony, side } = held;
      const skip = button(t("pages.enrol.hand.skip"), () => {
        capture.stream?.tell({ do: "skip" });
        machine.send("skip");
      }, { id: "skip" });
      const begun = await capture.begin({
        machine, kind: "hand", facing: "environment", size: "hand", path: `/v1/capture/${ceremony.ceremony}`, order: { nonce: ceremony.nonce, consent: held.consent.id },
        draw(stage) {
          stage.outline.flip(side === "left");
          screen({ title: t(`pages.hand.${side}`), name: "hands", wide: true, out: out(machine) }, stage.element, h("div", { class: "actions" }, otherHand(machine), skip));
        },
        onshutter: () => capture.shutter(),
        say(message, stage) {
          if (message.say === "hint") {
            stage.hint(message.code);
            stage.outline.progress(message.progress ?? 0);
          }
          if (message.say === "taken") {
            held.hands[side] = shown(capture.stream.picture(message.picture));
            machine.send("done");
          }
        },
      });
      if (begun) capture.stream.tell({ do: "guide", what: "hand", side });
    },
    leave: (machine) => machine.context.capture.stream?.pause(),
  },

  review: {
    after: { ms: 10 * MINUTE, event: "idle" },
    out: "other",
    on: { seal: "sealing", retake: "retaking", idle: "purpose", failed: "error" },
    enter(machine) {
      const held = machine.context;
      held.capture.rest();
      held.capture.listen(machine, () => {});
      held.capture.stream?.tell({ do: "stay" });
      const pin = h("input", { type: "text", id: "pin", autocomplete: "off", minlength: 4, maxlength: 64, inputmode: "numeric", "aria-describedby": "pin-about" });
      const go = (event) => {
        event.preventDefault();
        held.pin = pin.value;
        machine.send("seal");
      };
      screen(
        { title: t("pages.review.title"), lead: t("pages.review.lead"), name: "review", out: out(machine) },
        Object.keys(held.hands).length > 0 && h("ul", { class: "shots" }, Object.values(held.hands).map((url, i) => h("li", {}, h("img", { src: url, alt: t("pages.review.picture", { number: number(i + 1) }) })))),
        facts([
          [t("pages.review.pictures"), t("pages.review.pictures.gone")],
          [t("pages.review.face"), t("pages.review.face.about")],
          ...(Object.keys(held.hands).length ? [[t("pages.review.fingers"), t("pages.review.fingers.about")]] : []),
          [t("pages.review.who"), t("pages.review.who.about")],
          [t("pages.review.until"), day(held.consent.expires_at)],
          [t("pages.review.purpose"), held.purposeText],
        ]),
        h("form", { class: "panel", onsubmit: go },
          h("div", { class: "field" }, h("label", { for: "pin", text: t("pages.review.pin") }), pin, h("p", { class: "about", id: "pin-about", text: t("pages.review.pin.about") })),
          h("div", { class: "actions" },
            h("button", { class: "button main", id: "seal" }, t("pages.review.seal")),
            button(t("pages.review.retake"), () => machine.send("retake"), { id: "retake" }))),
      );
    },
  },

  retaking: {
    after: { ms: MINUTE, event: "failed" },
    out: "other",
    on: { again: "faces", failed: "error" },
    async enter(machine) {
      const held = machine.context;
      const current = machine.ticket();
      letGo(held);
      held.capture.close(); // a challenge is answered once: another one needs a ceremony of its own
      Object.assign(held, { hands: {}, capture: new Capture() });
      working(t("pages.working"), out(machine), "retaking");
      try {
        held.ceremony = await begun(held);
        if (current()) machine.send("again");
      } catch (error) {
        if (current()) machine.send("failed", { code: error.code ?? "other", cause: error.message });
      }
    },
  },

  sealing: {
    after: { ms: MINUTE, event: "failed" },
    out: "other",
    on: { done: "code", failed: "error" },
    enter(machine) {
      const { capture, pin } = machine.context;
      working(t("pages.sealing"), out(machine), "sealing");
      capture.listen(machine, (message) => message.say === "done" && machine.send("done", message.answer));
      capture.stream?.tell({ do: "finish", pin: pin || null });
    },
    leave: (machine) => machine.context.capture.close(),
  },

  code: {
    after: { ms: 15 * MINUTE, event: "idle" },
    out: "other",
    on: { next: "purpose", idle: "purpose" },
    enter(machine, made) {
      const held = machine.context;
      letGo(held);
      Object.assign(held, { hands: {} });
      const link = (label, href, name, id) => h("a", { class: "button", href, download: name, id }, label);
      const secret = held.receipt?.secret;
      screen(
        { title: t("pages.code.title"), lead: t("pages.code.lead"), name: "code", out: out(machine) },
        h("figure", { class: "ticket" },
          h("img", { src: made.png, alt: t("pages.code.alt"), id: "code-picture" }),
          h("figcaption", { class: "small", text: t("pages.code.until", { date: day(made.not_after) }) })),
        h("div", { class: "actions" },
          button(t("pages.code.print"), () => window.print(), { kind: "main", id: "print" }),
          link(t("pages.code.save"), made.png, "moiety-code.png", "save"),
          made.card && link(t("pages.code.card"), made.card, "moiety-card.pdf", "card")),
        held.receipt?.receipt && h("div", { class: "actions" }, link(t("pages.code.receipt"), receiptFile(held.receipt.receipt), "moiety-consent-receipt.json", "receipt-file")),
        secret && h("section", { class: "notice", "aria-labelledby": "receipt" },
          h("h2", { id: "receipt", text: t("receipt.title") }),
          h("p", { text: t("receipt.keep") }),
          h("p", {}, h("output", { class: "secret", id: "secret", dir: "ltr", text: secret })),
          h("p", { class: "small", text: t("receipt.secret-warning") })),
        h("div", { class: "actions" }, button(t("pages.code.next"), () => machine.send("next"), { id: "next" })),
      );
    },
  },

  tooLong: {
    after: { ms: 5 * MINUTE, event: "back" },
    out: "other",
    on: { again: "purpose", back: "purpose" },
    enter(machine) {
      machine.context.capture.close();
      trouble("too-long", { action: () => machine.send("again"), out: out(machine) });
    },
  },

  error: {
    after: { ms: 5 * MINUTE, event: "back" },
    out: "other",
    on: { back: "purpose", again: "retaking" },
    enter(machine, data) {
      machine.context.capture.close();
      const code = data?.timeout ? "service-away" : (data?.code ?? "other");
      const again = AGAIN.has(code) && machine.context.consent !== null;
      trouble(code, { cause: data?.cause, action: () => machine.send(again ? "again" : "back"), out: out(machine) });
    },
  },

  other: {
    after: { ms: 10 * MINUTE, event: "start" },
    out: "purpose",
    on: { start: "purpose", back: "purpose" },
    enter(machine) {
      renew(machine);
      ask("POST", "/v1/fallbacks", { ceremony: "enrol" }).catch(() => {}); // counted by day, without a reason or a person
      otherWay({ onback: () => machine.send("back"), onstart: () => machine.send("start") });
    },
  },
};

function receiptFile(receipt) {
  return `data:application/json,${encodeURIComponent(JSON.stringify(receipt))}`;
}

function begun(held) {
  return post("/v1/enrolments", { consent: held.consent.id, modalities: modalities(held), profile: held.fingers ? "paper" : "card" });
}

async function agree(machine) {
  const current = machine.ticket();
  const held = machine.context;
  try {
    held.receipt = await post("/v1/consents", {
      purpose: held.purpose, modalities: modalities(held), days: held.notice.days, notice: held.notice.version,
      guardian: held.guardian, language: held.notice.language,
    });
    held.consent = held.receipt.consent;
    held.ceremony = await begun(held);
    if (current()) machine.send("agreed");
  } catch (error) {
    if (current()) machine.send("failed", { code: error.code ?? "other", cause: error.message });
  }
}

export function machine() {
  return new Machine(states, { initial: "purpose", context: { ...fresh(), capture: new Capture() } });
}

export async function main() {
  if (!(await open("pages.enrol.title")) || !(await requireSession())) return;
  const made = machine();
  addEventListener("pagehide", () => made.context.capture.close());
  made.start();
}
