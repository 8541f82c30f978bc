// Account: operators, status, ledger, retention; each for the roles that may see it.

import { ApiError, ask, get, post } from "./api.js";
import { explained, inlineTrouble, open, otherWay, screen, trouble, working } from "./chrome.js";
import { button, facts, h, show } from "./dom.js";
import { Machine } from "./machine.js";
import { available, register } from "./passkey.js";
import { may, requireSession } from "./session.js";
import { ago, counted, day, first, has, listed, moment, number, t } from "./text.js";
import { mayLeave, once } from "./unsaved.js";

const MINUTE = 60_000;
const TABS = [
  ["operators", ["administrator"], operators],
  ["programs", ["administrator"], programs],
  ["status", ["administrator", "enroller"], status],
  ["ledger", ["auditor", "administrator"], ledger],
  ["retention", ["auditor", "administrator"], retention],
  ["own", ["auditor", "administrator", "enroller", "verifier"], own],
];

const out = (machine) => ({ go: () => machine.send("out") });
const role = (name) => (has(`role.${name}`) ? t(`role.${name}`) : name);

export const states = {
  open: {
    after: { ms: 20 * MINUTE, event: "idle" },
    out: "other",
    on: { idle: "open", failed: "error" },
    enter(machine) {
      const { found } = machine.context;
      const tabs = TABS.filter(([, roles]) => roles.some((one) => may(found, one)));
      const panel = h("div", { class: "panel", role: "tabpanel", id: "panel", tabindex: "0" });
      const list = h("div", { class: "tabs", role: "tablist", "aria-label": t("pages.account.title") });
      const select = async (name) => {
        for (const one of list.children) {
          const chosen = one.id === `tab-${name}`;
          one.setAttribute("aria-selected", String(chosen));
          one.tabIndex = chosen ? 0 : -1;
          if (chosen) one.setAttribute("aria-controls", "panel");
          else one.removeAttribute("aria-controls");
        }
        panel.setAttribute("aria-labelledby", `tab-${name}`);
        panel.dataset.tab = name;
        show(panel, h("p", { role: "status", text: t("pages.working") }));
        const current = machine.ticket();
        machine.touch();
        try {
          const content = await TABS.find(([one]) => one === name)[2](machine, () => select(name));
          if (current() && panel.dataset.tab === name) show(panel, content);
        } catch (error) {
          if (current() && panel.dataset.tab === name) show(panel, inlineTrouble(error, () => select(name)));
        }
      };
      for (const [name] of tabs) {
        list.append(button(t(`pages.account.${name}`), () => mayLeave() && select(name), { role: "tab", id: `tab-${name}` }));
      }
      list.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const way = document.documentElement.dir === "rtl" ? -step : step;
        const all = [...list.children];
        const to = all[(all.indexOf(document.activeElement) + way + all.length) % all.length];
        to.focus();
        to.click();
      });
      screen({ title: t("pages.account.title"), lead: t("pages.account.lead"), name: "open", wide: true, out: out(machine) },
        h("p", { class: "small", text: t("pages.account.signed-in", { name: found.name, roles: listed(found.roles.map(role)) }) }),
        tabs.length ? [list, panel] : h("p", { text: t("pages.account.nothing") }));
      if (tabs.length) select(tabs[0][0]);
    },
  },
  error: {
    after: { ms: 5 * MINUTE, event: "back" },
    out: "other",
    on: { back: "open" },
    enter: (machine, data) => trouble(data?.code ?? "other", { action: () => machine.send("back"), out: out(machine) }),
  },
  other: {
    after: { ms: 10 * MINUTE, event: "back" },
    out: "open",
    on: { back: "open" },
    enter: (machine) => otherWay({ onback: () => machine.send("back"), onstart: () => location.assign("/") }),
  },
};

function table(heads, rows, empty) {
  if (!rows.length) return h("p", { text: empty });
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": heads[0] },
    h("table", { role: "table" }, // the roles are told, for a narrow screen lays rows out as blocks
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads.map((one) => h("th", { scope: "col", role: "columnheader", text: one })))),
      h("tbody", { role: "rowgroup" }, rows.map((row) => h("tr", { role: "row" }, row.map((one, i) => h("td", { role: "cell", "data-head": heads[i] }, one)))))));
}

/** What was asked for within the panel and failed: said at its top, with what helps. */
const failing = (again) => (error) => {
  const panel = document.querySelector("#panel");
  panel.querySelector(":scope > .trouble")?.remove();
  const told = inlineTrouble(error, () => {
    told.remove();
    again();
  });
  panel.prepend(told);
  told.scrollIntoView({ block: "nearest" });
};

/** The invitations that can still be used, each with its end and a way to cancel it. */
async function waiting(again) {
  const pending = await get("/v1/invitations");
  const cancel = (one) => ask("DELETE", `/v1/invitations/${one.id}`).catch((error) => {
    if (error.code !== "not-found") throw error; // it was used or cancelled meanwhile
  }).then(again);
  return table([t("pages.invitations.name"), t("pages.operators.roles"), t("pages.invitations.until"), ""],
    pending.map((one) => [one.name, listed(one.roles.map(role)), moment(one.expires),
      button(t("pages.invitations.cancel"), () => cancel(one).catch(failing(again)), { kind: "danger", "aria-label": t("pages.invitations.cancel.named", { name: one.name }) })]),
    t("pages.invitations.none"));
}

async function operators(machine, again) {
  const all = await get("/v1/operators");
  const pending = h("div", { id: "pending" });
  const relist = async () => show(pending, await waiting(relist));
  await relist();
  const rename = async (one) => {
    const given = window.prompt(t("pages.operators.rename.ask"), one.name)?.trim();
    if (!given || given === one.name) return;
    await ask("PATCH", `/v1/operators/${one.id}`, { name: given }).then(again, failing(again));
  };
  const end = (one, event) => ask("DELETE", `/v1/operators/${one.id}/sessions`).then(
    () => { event.target.textContent = t("pages.operators.ended"); }, failing(again));
  const name = h("input", { type: "text", id: "new-name", required: true, maxlength: 80, autocomplete: "off" });
  const roles = ["verifier", "enroller", "auditor", "administrator"].map((one) => h("label", { class: "check" }, h("input", { type: "checkbox", name: "role", value: one }), h("span", { text: role(one) })));
  const invitation = h("div", { role: "status" });
  const invite = async (event) => {
    event.preventDefault();
    const chosen = [...event.target.querySelectorAll("input[name=role]:checked")].map((one) => one.value);
    try {
      const made = await post("/v1/operators", { name: name.value.trim(), roles: chosen });
      event.target.reset();
      show(invitation, h("span", { text: t("pages.operators.invitation") }), " ", once(made.code, "invitation-code"), " ",
        h("span", { text: t("pages.operators.until", { date: moment(made.expires) }) }));
      await relist();
    } catch (error) {
      show(invitation, explained(error.code));
    }
  };
  const strike = async (one) => {
    if (!window.confirm(t("pages.operators.remove.sure", { name: one.name }))) return;
    await ask("DELETE", `/v1/operators/${one.id}`).then(again, failing(again));
  };
  return [
    table([t("pages.operators.name"), t("pages.operators.roles"), t("pages.operators.since"), ""],
      all.map((one) => [one.name, listed(one.roles.map(role)), day(one.added_at),
        h("div", { class: "actions" },
          button(t("pages.operators.rename"), () => rename(one), { "aria-label": t("pages.operators.rename.named", { name: one.name }) }),
          one.id !== machine.context.found.id && [
            button(t("pages.operators.end"), (event) => end(one, event), { "aria-label": t("pages.operators.end.named", { name: one.name }) }),
            button(t("pages.operators.remove"), () => strike(one), { kind: "danger", "aria-label": t("pages.operators.remove.named", { name: one.name }) })])]),
      t("pages.account.nothing")),
    h("h2", { text: t("pages.invitations.title") }),
    pending,
    h("form", { class: "panel", onsubmit: invite },
      h("h2", { text: t("pages.operators.invite") }),
      h("div", { class: "field" }, h("label", { for: "new-name", text: t("pages.operators.name") }), name),
      h("fieldset", {}, h("legend", { text: t("pages.operators.roles") }), roles),
      h("div", { class: "actions" }, h("button", { class: "button main", id: "invite" }, t("pages.operators.invite.go"))),
      invitation),
  ];
}

/** One's own passkeys and sessions. */
async function own(machine, again) {
  const [keys, sessions] = await Promise.all([get("/v1/passkeys"), get("/v1/sessions")]);
  const told = h("p", { role: "status" });
  const add = async () => {
    try {
      const begun = await post("/v1/passkeys/begin");
      await post("/v1/passkeys/complete", { sign_in: begun.sign_in, credential: await register(begun.options) });
      again();
    } catch (error) {
      if (error instanceof ApiError) failing(again)(error);
      else told.textContent = t("pages.own.refused");
    }
  };
  const drop = (path) => ask("DELETE", path).then(again, failing(again));
  return [
    h("h2", { text: t("pages.own.passkeys") }),
    table([t("pages.own.added"), t("pages.own.used"), ""],
      keys.map((one) => [moment(one.added_at), one.used_at ? moment(one.used_at) : t("pages.own.never"),
        keys.length > 1 && button(t("pages.operators.remove"), () => drop(`/v1/passkeys/${one.id}`), { kind: "danger" })]),
      t("pages.own.passkeys.none")),
    available() && h("div", { class: "actions" }, button(t("pages.own.add"), add, { id: "add-passkey" })),
    told,
    h("h2", { text: t("pages.own.sessions") }),
    table([t("pages.own.begun"), t("pages.own.seen"), ""],
      sessions.map((one) => [moment(one.begun_at), moment(one.seen_at),
        one.this ? t("pages.own.this") : button(t("pages.operators.end"), () => drop(`/v1/sessions/${one.id}`), { kind: "danger" })]),
      t("pages.account.nothing")),
  ];
}

async function programs(machine, again) {
  const all = await get("/v1/clients");
  const name = h("input", { type: "text", id: "program-name", required: true, maxlength: 80, autocomplete: "off" });
  const roles = ["verifier", "enroller", "auditor"].map((one) => h("label", { class: "check" }, h("input", { type: "checkbox", name: "program-role", value: one }), h("span", { text: role(one) })));
  const captures = h("input", { type: "checkbox", id: "program-captures" });
  const token = h("div", { role: "status" });
  const make = async (event) => {
    event.preventDefault();
    const chosen = [...event.target.querySelectorAll("input[name=program-role]:checked")].map((one) => one.value);
    try {
      const made = await post("/v1/clients", { name: name.value.trim(), roles: chosen, captures: captures.checked });
      show(token, h("span", { text: t("pages.programs.token", { date: day(made.expires) }) }), " ", once(made.token, "program-token"));
      event.target.reset();
      show(list, draw(await get("/v1/clients")));
    } catch (error) {
      show(token, explained(error.code));
    }
  };
  const strike = (one) => ask("DELETE", `/v1/clients/${one.id}`).then(again, failing(again));
  const draw = (found) => table([t("pages.operators.name"), t("pages.operators.roles"), t("pages.programs.until"), ""],
    found.map((one) => [one.name, listed([...one.roles.map(role), ...(one.captures ? [t("pages.programs.captures")] : [])]), day(one.expires),
      button(t("pages.operators.remove"), () => strike(one), { kind: "danger", "aria-label": t("pages.operators.remove.named", { name: one.name }) })]),
    t("pages.programs.none"));
  const list = h("div", { id: "program-list" }, draw(all));
  return [
    h("p", { text: t("pages.programs.about") }),
    list,
    h("form", { class: "panel", onsubmit: make },
      h("h2", { text: t("pages.programs.add") }),
      h("div", { class: "field" }, h("label", { for: "program-name", text: t("pages.operators.name") }), name),
      h("fieldset", {}, h("legend", { text: t("pages.operators.roles") }), roles),
      h("label", { class: "check" }, captures, h("span", {}, t("pages.programs.captures"), h("span", { class: "about", text: t("pages.programs.captures.about") }))),
      h("div", { class: "actions" }, h("button", { class: "button main", id: "make-token" }, t("pages.programs.go"))),
      token),
  ];
}

async function status(machine) {
  const { lists, now } = await get("/v1/ages");
  const allowed = ["enroller", "administrator"].some((one) => may(machine.context.found, one));
  return [
    h("p", { text: t("pages.status.about") }),
    allowed && h("div", { class: "actions" }, h("a", { class: "button main", href: "/revoke.html", id: "to-revoke" }, t("pages.card.revoke"))),
    h("h2", { text: t("pages.status.lists") }),
    table([t("pages.status.list"), t("pages.status.signed"), t("pages.status.expires")],
      lists.map((one) => [h("code", { dir: "ltr", text: one.list }), ago(one.signed_at, now), one.expires ? day(one.expires) : ""]),
      t("pages.status.lists.none")),
  ];
}

async function ledger() {
  const { ledger: newest, waiting, now } = await get("/v1/ages");
  return [
    newest === null ? h("p", { text: t("pages.ledger.empty") }) : facts([
      [t("pages.ledger.signed"), ago(newest.signed_at, now)],
      [t("pages.ledger.size"), number(newest.size)],
      [t("pages.ledger.waiting"), number(waiting)],
      [t("pages.ledger.witness"), t(newest.cosigned ? "pages.ledger.witness.yes" : "pages.ledger.witness.no")],
      [t("pages.ledger.root"), h("code", { dir: "ltr", text: newest.root })],
    ]),
    h("p", { class: "small", text: t("pages.ledger.about") }),
  ];
}

async function retention(machine, again) {
  const found = await get("/v1/retention");
  const erase = async (event) => {
    event.target.disabled = true;
    await post("/v1/retention/runs").then(again, (error) => {
      event.target.disabled = false;
      failing(again)(error);
    });
  };
  const share = ({ taken, of }) => t("pages.retention.other-way.share", { taken: number(taken), of: number(of) });
  return [
    table([t("schedule.item"), t("schedule.period"), t("pages.retention.overdue"), t("schedule.basis")],
      found.items.map((one) => [first(`schedule.${one.item}`), counted("schedule.days", one.days, "days"),
        number(found.overdue[one.item] ?? 0), one.ours ? t("schedule.ours") : h("span", { dir: "auto", text: one.basis })]),
      t("pages.account.nothing")),
    facts([
      [t("pages.retention.last"), found.last_run ? [day(found.last_run), " (", ago(found.last_run, Date.now() / 1000), ")"] : t("schedule.never-run")],
      [t("pages.retention.other-way.enrol"), share(found.fallbacks.enrol)],
      [t("pages.retention.other-way.verify"), share(found.fallbacks.verify)],
    ]),
    may(machine.context.found, "administrator") && h("div", { class: "actions" }, button(t("pages.retention.erase"), erase, { id: "erase" })),
  ];
}

export function machine(found) {
  return new Machine(states, { initial: "open", context: { found } });
}

export async function main() {
  if (!(await open("pages.account.title"))) return;
  working(t("pages.working"));
  const found = await requireSession();
  if (found) machine(found).start();
}
