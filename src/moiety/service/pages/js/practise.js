// Practise: scenarios whose truth is known, and one's own face; in a frame that says that nothing is real.

import { ask, get, post, remove } from "./api.js";
import { Camera } from "./camera.js";
import { heard, open, otherWay, screen, trouble, working } from "./chrome.js";
import { button, h } from "./dom.js";
import { Machine } from "./machine.js";
import { mark } from "./mark.js";
import { requireSession } from "./session.js";
import { Stage } from "./stage.js";
import { first, has, language, number, t } from "./text.js";

const MINUTE = 60_000;
const GROUPS = {
  look: ["scan", "capture"],
  better: [
    "more-light", "less-light", "closer", "hold-still", "face-camera", "uncover", "one-person", "code-flat",
    "low-motion", "use-fingers", "other-finger",
  ],
  end: ["accept", "turn-away", "other-way"],
};
const SIDE = 640;
const GAP_MS = 90;

const out = (machine) => ({ go: () => machine.send("out"), label: t("practice.page.leave") });
const said = (code) => first(`reason.${code}`, `finding.${code}`, `error.${code}`);
const picture = (source, caption) => h("figure", { class: "practice-seen" }, h("img", { src: source, alt: caption }), h("figcaption", { class: "small", text: caption }));
const list = (texts) => h("ul", {}, texts.map((one) => h("li", { text: one })));

/** Let go of what was practised: on the service, and here. */
function letGo(machine) {
  const held = machine.context;
  held.camera?.close();
  if (held.run) remove(`/v1/practice/${held.run}`).catch(() => {});
  Object.assign(machine.context, { run: null, begun: null, steps: [], camera: null, own: false });
}

function failed(machine, current, error) {
  if (current()) machine.send("failed", { code: error.code ?? "other", cause: has(`error.${error.code}`) ? t(`error.${error.code}`) : "" });
}

/** What was done so far, the newest first. */
function log(steps) {
  return h("ol", { class: "practice-log", "aria-live": "polite", reversed: true },
    [...steps].reverse().map((one) => h("li", {},
      h("strong", { text: t(`practice.action.${one.action}`) }), h("span", { text: ` · ${one.outcome_text}` }),
      one.reasons_text.length > 0 && list(one.reasons_text))));
}

export const states = {
  list: {
    after: { ms: 30 * MINUTE, event: "idle" },
    out: "other",
    on: { play: "play", own: "own", idle: "list", failed: "error", language: "list" },
    async enter(machine) {
      letGo(machine);
      const current = machine.ticket();
      try {
        const { scenarios } = await get(`/v1/practice/scenarios?language=${language}`);
        if (!current()) return;
        screen(
          { title: t("practice.page.title"), lead: t("practice.page.lead"), name: "list", out: out(machine) },
          h("ul", { class: "practice-list" }, scenarios.map((one) => h("li", {}, button(one.title, () => machine.send("play", { scenario: one.name }), { id: `play-${one.name}` })))),
          h("div", { class: "actions" }, button(t("practice.page.own"), () => machine.send("own"), { id: "own" })),
          h("p", { class: "small", text: t("practice.page.own-about") }));
      } catch (error) {
        failed(machine, current, error);
      }
    },
  },

  play: {
    after: { ms: 20 * MINUTE, event: "idle" },
    out: "list",
    on: { acted: "play", ended: "debrief", idle: "list", failed: "error" },
    async enter(machine, data) {
      const current = machine.ticket();
      const held = machine.context;
      working(t("practice.page.preparing"), out(machine), "play-working");
      try {
        if (data?.scenario) {
          held.begun = await post("/v1/practice/runs", { scenario: data.scenario, language });
          held.run = held.begun.run;
        }
        if (!current()) return;
        const turn = held.steps.length;
        screen(
          { title: held.begun.title, lead: held.begun.story, name: "play", wide: true, out: { ...out(machine), ask: true }, unsaved: () => held.steps.length > 0 },
          h("div", { class: "practice-stage" },
            picture(`/v1/practice/runs/${held.run}/view?step=${turn}`, t("practice.page.view")),
            picture(`/v1/practice/runs/${held.run}/code?step=${turn}`, t("practice.page.code"))),
          log(held.steps),
          h("h2", { text: t("practice.start") }),
          Object.entries(GROUPS).map(([name, actions]) => h("section", { "aria-label": t(`practice.page.${name}`) },
            h("h3", { text: t(`practice.page.${name}`) }),
            h("div", { class: "actions" }, actions.map((one) => button(t(`practice.action.${one}`), () => act(machine, one), { id: `act-${one}` }))))));
      } catch (error) {
        failed(machine, current, error);
      }
    },
  },

  debrief: {
    after: { ms: 30 * MINUTE, event: "idle" },
    out: "list",
    on: { again: "list", idle: "list", failed: "error" },
    async enter(machine) {
      const current = machine.ticket();
      const { run } = machine.context;
      working(t("practice.page.weighing"), out(machine), "debrief-working");
      try {
        const told = await get(`/v1/practice/runs/${run}/debrief?language=${language}`);
        const seen = await get(`/v1/practice/runs/${run}/insight?language=${language}`);
        if (!current()) return;
        const file = new Blob([JSON.stringify(told, null, 2)], { type: "application/json" });
        const address = URL.createObjectURL(file);
        machine.context.addresses.push(address);
        screen(
          { title: told.title, lead: t("practice.points", { points: number(told.points) }), name: "debrief", out: out(machine) },
          list(told.notes.map((one) => one.text)),
          h("h2", { text: t("practice.heading.truth") }),
          h("p", { text: `${t(told.truth ? "practice.truth.holder" : "practice.truth.not")} ${told.lesson}` }),
          h("h2", { text: t("practice.heading.cost") }), h("p", { class: "practice-cost", text: told.cost }),
          h("h2", { text: t("practice.heading.steps") }),
          h("ol", {}, told.steps.map((one, i) => h("li", {},
            h("strong", { text: one.text }), h("span", { text: ` · ${one.outcome_text}` }),
            one.reasons_text.length > 0 && list(one.reasons_text),
            h("div", { class: "practice-stage" }, (seen.steps[i] ?? []).map((each) => picture(each.picture, each.caption)))))),
          h("h2", { text: t("practice.heading.good") }), h("ol", {}, told.good.map((one) => h("li", { text: one }))),
          h("div", { class: "actions" },
            button(t("practice.page.again"), () => machine.send("again"), { kind: "main", id: "again" }),
            h("a", { class: "button", id: "export", href: address, download: `practice-${told.scenario}.json` }, t("practice.page.export"))),
          h("p", { class: "small", text: t("practice.page.export-about") }));
      } catch (error) {
        failed(machine, current, error);
      }
    },
    leave(machine) {
      for (const one of machine.context.addresses.splice(0)) URL.revokeObjectURL(one);
    },
  },

  own: {
    after: { ms: 10 * MINUTE, event: "idle" },
    out: "list",
    on: { idle: "list", failed: "error" },
    async enter(machine) {
      const current = machine.ticket();
      const held = machine.context;
      held.camera = new Camera({ onlost: (code) => machine.send("failed", { code }) });
      held.stage = new Stage({ kind: "face", camera: held.camera });
      const results = h("div", { "aria-live": "polite" });
      const go = button(t("practice.page.own-enrol"), () => live(machine, current, results, go), { kind: "main", id: "snap" });
      go.disabled = true; // until there is something to take
      screen(
        { title: t("practice.page.own"), lead: t("practice.page.own-about"), name: "own", out: out(machine) },
        held.stage.element, h("div", { class: "actions" }, go), results);
      try {
        await held.camera.open();
        await held.stage.ready();
        go.disabled = false;
      } catch (error) {
        failed(machine, current, error);
      }
    },
    leave: (machine) => machine.context.camera?.close(),
  },

  error: {
    after: { ms: 5 * MINUTE, event: "back" },
    out: "other",
    on: { back: "list" },
    enter: (machine, data) => trouble(data?.timeout ? "service-away" : (data?.code ?? "other"), { cause: data?.cause || undefined, action: () => machine.send("back"), out: out(machine) }),
  },

  other: {
    after: { ms: 10 * MINUTE, event: "start" },
    out: "list",
    on: { start: "list", back: "list" },
    enter(machine) {
      letGo(machine);
      otherWay({ onback: () => machine.send("back"), onstart: () => location.assign("/") });
    },
  },
};

async function act(machine, action) {
  const current = machine.ticket();
  const held = machine.context;
  working(t(`practice.action.${action}`), out(machine), "play-working");
  try {
    const step = await post(`/v1/practice/runs/${held.run}/actions`, { action, language });
    held.steps.push(step);
    if (current()) machine.send(step.ended ? "ended" : "acted");
  } catch (error) {
    failed(machine, current, error);
  }
}

/** The frames of a challenge, asked for prompt by prompt: the form that the service takes, or null if one left. */
async function film(held, current, { steps, duration_ms: duration }) {
  const form = new FormData();
  const begun = performance.now();
  let asked = -1;
  let last = -1;
  for (;;) {
    const now = performance.now() - begun;
    if (!current()) return null;
    if (now > duration) return form;
    const step = steps.findLastIndex((one) => one.onset_ms <= now);
    if (step >= 0 && step !== asked) held.stage.prompt(steps[(asked = step)].kind);
    const { picture, at } = await held.camera.grab(SIDE, 0.85, { fresh: true });
    const ms = Math.round((at ?? 0) - begun);
    if (picture && ms > last && ms >= 0 && ms <= duration) {
      form.append("frame", picture, "frame.jpg");
      form.append("frame_ms", String((last = ms)));
    }
    await new Promise((done) => setTimeout(done, GAP_MS));
  }
}

/** One's own face, live: the first capture makes the code, each further one is compared with it. */
async function live(machine, current, results, go) {
  const held = machine.context;
  go.disabled = true;
  try {
    const begun = await post(held.run ? `/v1/practice/own/${held.run}/begin` : "/v1/practice/own", {});
    held.run = begun.own;
    const form = await film(held, current, begun.challenges.turn);
    if (!form) return;
    held.stage.hint("wait");
    if (!held.own) {
      await ask("POST", `/v1/practice/own/${held.run}/code`, form);
      held.own = true;
      go.textContent = t("practice.page.own-compare");
      results.replaceChildren(h("p", { text: t("practice.page.own-made") }));
    } else {
      const found = await ask("POST", `/v1/practice/own/${held.run}/comparisons`, form);
      results.replaceChildren(
        h("div", { class: "practice-verdict" }, mark(found.outcome), h("p", { text: t(`outcome.${found.outcome}`) }), list(found.reasons.map(said))),
        h("div", { class: "practice-stage" }, found.drawings.map((one) => picture(one.picture, t(`practice.insight.${one.key}`)))));
    }
  } catch (error) {
    if (current()) results.replaceChildren(h("p", { role: "alert", text: said(error.code) }));
  }
  go.disabled = false;
}

export function machine() {
  return new Machine(states, { initial: "list", context: { run: null, begun: null, steps: [], camera: null, own: false, addresses: [] } });
}

export async function main() {
  if (!(await open("practice.page.title")) || !(await requireSession())) return;
  document.body.classList.add("practice");
  document.body.prepend(h("p", { class: "practice-mark", role: "note", text: t("practice.mark") }));
  const made = machine();
  heard(() => made.send("language"));
  addEventListener("pagehide", () => letGo(made));
  made.start();
}
