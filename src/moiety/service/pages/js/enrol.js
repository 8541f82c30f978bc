// Enrol: notice, consent, faces, fingers if chosen, what will be stored, and the code that the person takes away.

import { ask, get, post } from "./api.js";
import { guardians, purposes } from "./asking.js";
import { Capture, otherHand } from "./capturing.js";
import { heard, open, otherWay, screen, trouble, working } from "./chrome.js";
import { button, facts, h } from "./dom.js";
import { Machine } from "./machine.js";
import { PinField } from "./pinfield.js";
import { requireSession } from "./session.js";
import { day, language, number, t } from "./text.js";

const MINUTE = 60_000;
const AGAIN = new Set(["liveness-refused", "quality-refused", "pictures-disagree"]); // under the same consent

const fresh = () => ({
  notice: null, consent: null, receipt: null, ceremony: null, purpose: "", purposeText: "", fingers: false, guardian: null,
  hands: {}, side: "right", pin: "", motion: "turn", made: null, given: new Set(), wanted: null,
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
const always = () => true; // a consent was given: leaving now would lose it
const modalities = (held) => (held.fingers ? ["face", "finger"] : ["face"]);

function shown(blob) {
  return blob ? URL.createObjectURL(blob) : "/icon.svg";
}

export const states = {
  purpose: {
    after: { ms: 30 * MINUTE, event: "idle" },
    out: "other",
    on: { next: "notice", idle: "purpose", failed: "error", language: "purpose" },
    async enter(machine, data) {
      renew(machine);
      const held = machine.context;
      const { wanted } = data ?? {};
      const current = machine.ticket();
      working(t("pages.working"), out(machine), "looking");
      let site;
      try {
        const station = await get("/v1/station");
        if (!station.issues) throw Object.assign(new Error(), { code: "no-issuer" });
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
      const asked = purposes(site, wanted);
      const fingers = h("input", { type: "checkbox", id: "fingers", checked: Boolean(wanted?.fingers) });
      const guardian = guardians(wanted);
      held.wanted = () => ({ ...asked.draft(), ...guardian.draft(), fingers: fingers.checked });
      const go = (event) => {
        event.preventDefault();
        Object.assign(held, { ...asked.chosen(), fingers: fingers.checked, guardian: guardian.chosen() });
        machine.send("next");
      };
      screen(
        { title: t("pages.enrol.title"), lead: t("pages.enrol.lead"), name: "purpose", out: out(machine) },
        h("form", { class: "panel", onsubmit: go },
          asked.element,
          h("label", { class: "check" }, fingers, h("span", {}, t("pages.enrol.fingers"), h("span", { class: "about", text: t("pages.enrol.fingers.about") }))),
          guardian.element,
          h("div", { class: "actions" }, h("button", { class: "button main", id: "continue" }, t("pages.continue")))),
      );
    },
  },

  notice: {
    after: { ms: 15 * MINUTE, event: "idle" },
    out: "other",
    on: { agreed: "before", declined: "other", idle: "purpose", failed: "error", language: "notice" },
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
        { title: t("notice.title"), name: "notice", out: out(machine), unsaved: always },
        h("article", { class: "notice", id: "notice", lang: held.notice.language, dir: held.notice.direction }, held.notice.paragraphs.map((one) => h("p", { class: one.key === "notice.choice" ? "choice" : undefined, text: one.text }))),
        h("div", { class: "actions" },
          button(t("notice.agree"), () => agree(machine), { kind: "main", id: "agree" }),
          button(t("notice.decline"), () => machine.send("declined"), { id: "decline" })),
      );
    },
  },

  before: {
    after: { ms: 5 * MINUTE, event: "idle" },
    out: "other",
    on: { go: "faces", idle: "tooLong" },
    enter(machine) {
      const low = h("input", { type: "checkbox", id: "low", onchange: (event) => { machine.context.motion = event.target.checked ? "low" : "turn"; } });
      low.checked = machine.context.motion === "low";
      screen(
        { title: t("pages.enrol.before"), lead: t("pages.enrol.before.lead"), name: "before", out: out(machine), unsaved: always },
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
        draw: (stage) => screen({ title: t("pages.enrol.faces"), name: "faces", wide: true, out: out(machine), unsaved: always }, stage.element),
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
        draw: (stage) => screen({ title: t("pages.challenge.title"), name: "challenge", wide: true, out: out(machine), unsaved: always }, stage.element),
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
          screen({ title: t(`pages.hand.${side}`), name: "hands", wide: true, out: out(machine), unsaved: always }, stage.element, h("div", { class: "actions" }, otherHand(machine), skip));
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
    on: { seal: "sealing", retake: "retaking", idle: "tooLong", failed: "error" },
    enter(machine) {
      const held = machine.context;
      held.capture.rest();
      held.capture.listen(machine, () => {});
      held.capture.stream?.tell({ do: "stay" });
      const pin = new PinField({ label: t("pages.review.pin"), about: t("pages.review.pin.about"), twice: true });
      const go = (event) => {
        event.preventDefault();
        held.pin = pin.value;
        machine.send("seal");
      };
      screen(
        { title: t("pages.review.title"), lead: t("pages.review.lead"), name: "review", out: out(machine), unsaved: always },
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
          pin.element,
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
      working(t("pages.working"), out(machine), "retaking", always);
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
      working(t("pages.sealing"), out(machine), "sealing", always);
      capture.listen(machine, (message) => message.say === "done" && machine.send("done", message.answer));
      capture.stream?.tell({ do: "finish", pin: pin || null });
    },
    leave: (machine) => machine.context.capture.close(),
  },

  code: {
    after: { ms: 15 * MINUTE, event: "idle" },
    out: "other",
    on: { next: "purpose", idle: "covered" },
    enter(machine, data) {
      const held = machine.context;
      const made = data?.png ? data : held.made;
      held.made = made;
      letGo(held);
      Object.assign(held, { hands: {} });
      const { given } = held;
      const link = (label, href, name, id, what) => h("a", { class: "button", href, download: name, id, onclick: () => given.add(what) }, label);
      const { secret, lines } = held.receipt ?? {};
      const handed = h("input", { type: "checkbox", id: "handed-over", checked: given.has("all"), onchange: () => (handed.checked ? given.add("all") : given.delete("all")) });
      const missing = h("p", { role: "alert", class: "wrong", hidden: true, id: "not-handed", text: t("pages.code.not-handed") });
      const unsaved = () => !given.has("all") && !given.has("paper") && !(given.has("code") && (given.has("receipt") || !secret));
      const next = () => {
        if (handed.checked) return machine.send("next");
        missing.hidden = false;
        handed.focus();
        return undefined;
      };
      screen(
        { title: t("pages.code.title"), lead: t("pages.code.lead"), name: "code", out: { ...out(machine), ask: true }, unsaved },
        h("figure", { class: "ticket" },
          h("img", { src: made.png, alt: t("pages.code.alt"), id: "code-picture" }),
          h("figcaption", { class: "small" },
            made.short_id && h("strong", { id: "short-id", text: t("pages.code.id", { id: made.short_id }) }),
            h("span", { text: t("pages.code.until", { date: day(made.not_after) }) }))),
        h("div", { class: "actions" },
          button(t("pages.code.print"), () => { given.add("paper"); window.print(); }, { kind: "main", id: "print" }),
          link(t("pages.code.save"), made.png, "moiety-code.png", "save", "code"),
          made.card && link(t("pages.code.card"), made.card, "moiety-card.pdf", "card", "code")),
        held.receipt?.receipt && h("div", { class: "actions" },
          link(t("pages.code.receipt"), receiptFile(held.receipt.receipt), `moiety-consent-receipt-${made.short_id}.json`, "receipt-file", "receipt")),
        secret && h("section", { class: "notice receipt", "aria-labelledby": "receipt" },
          h("h2", { id: "receipt", text: t("receipt.title") }),
          h("p", { text: t("receipt.keep") }),
          h("p", {}, h("output", { class: "secret", id: "secret", dir: "ltr", text: secret })),
          made.short_id && h("p", { text: t("pages.code.id", { id: made.short_id }) }),
          lines && h("div", { class: "small", id: "receipt-lines", lang: held.notice?.language, dir: held.notice?.direction },
            lines.filter((one) => !one.includes(secret)).map((one) => h("p", { text: one }))),
          h("p", { class: "small", text: t("receipt.secret-warning") })),
        missing,
        h("label", { class: "check no-print" }, handed, h("span", { text: t("pages.code.handed") })),
        h("div", { class: "actions" }, button(t("pages.code.next"), next, { id: "next" })),
      );
    },
  },

  covered: { // nobody touched the screen for long: the code is kept, and not shown to whoever comes by
    after: { ms: 60 * MINUTE, event: "idle" },
    out: "code",
    on: { show: "code", drop: "purpose", idle: "covered" },
    enter(machine) {
      const drop = () => window.confirm(t("pages.code.drop.sure")) && machine.send("drop");
      screen(
        { title: t("pages.code.covered"), lead: t("pages.code.covered.lead"), name: "covered", unsaved: always },
        h("div", { class: "actions" },
          button(t("pages.code.show"), () => machine.send("show"), { kind: "main", id: "show-code" }),
          button(t("pages.code.drop"), drop, { kind: "danger", id: "drop-code" })));
    },
  },

  resuming: { // the consent stands: begin once more with it
    after: { ms: MINUTE, event: "failed" },
    out: "other",
    on: { ready: "before", notice: "notice", start: "purpose", failed: "error" },
    async enter(machine) {
      const current = machine.ticket();
      const held = machine.context;
      working(t("pages.working"), out(machine), "resuming", always);
      letGo(held);
      Object.assign(held, { hands: {}, capture: new Capture() });
      if (!held.purpose) return machine.send("start");
      if (!held.consent) return machine.send("notice");
      try {
        held.ceremony = await begun(held);
        if (current()) machine.send("ready");
      } catch (error) {
        if (current()) machine.send("failed", { code: error.code ?? "other", cause: error.message });
      }
      return undefined;
    },
  },

  tooLong: {
    after: { ms: 30 * MINUTE, event: "back" },
    out: "other",
    on: { again: "resuming", back: "tooLong" },
    enter(machine) {
      machine.context.capture.close();
      trouble("too-long", { action: () => machine.send("again"), out: out(machine), unsaved: always });
    },
  },

  error: {
    after: { ms: 30 * MINUTE, event: "idle" },
    out: "other",
    on: { back: "resuming", again: "retaking", consent: "purpose", idle: "error" },
    enter(machine, data) {
      const held = machine.context;
      held.capture.close();
      held.told = data ?? held.told;
      const code = held.told?.timeout ? "service-away" : (held.told?.code ?? "other");
      const lost = code === "consent"; // it ended meanwhile: the person is asked again
      const way = lost ? "consent" : AGAIN.has(code) && held.consent !== null ? "again" : "back";
      trouble(code, { cause: held.told?.cause, action: () => machine.send(way), out: out(machine), unsaved: () => held.consent !== null });
    },
  },

  other: {
    after: { ms: 10 * MINUTE, event: "start" },
    out: "purpose",
    on: { start: "purpose", back: "purpose" },
    enter(machine) {
      renew(machine);
      const took = () => {
        ask("POST", "/v1/fallbacks", { ceremony: "enrol" }).catch(() => {}); // counted by day, without a reason or a person
        machine.send("start");
      };
      otherWay({ onback: () => machine.send("back"), onstart: took });
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
  heard(() => made.send("language", { wanted: made.context.wanted?.() }));
  addEventListener("pagehide", () => made.context.capture.close());
  made.start();
}
