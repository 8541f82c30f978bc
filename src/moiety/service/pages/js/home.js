// The first page: sign in with a passkey, then choose what to do.

import { get, keepCsrf, post, remove } from "./api.js";
import { open, screen, trouble, working } from "./chrome.js";
import { button, h } from "./dom.js";
import { Machine } from "./machine.js";
import { mark } from "./mark.js";
import { newKey } from "./device.js";
import { available, register, signIn } from "./passkey.js";
import { may, session } from "./session.js";
import { named } from "./signin.js";
import { ago, day, first, t } from "./text.js";

const MINUTE = 60_000;

const CARDS = [
  ["verify", "/verify.html", ["verifier"]],
  ["enrol", "/enrol.html", ["enroller"]],
  ["revoke", "/revoke.html", ["enroller", "administrator"]],
  ["practise", "/practise.html", ["verifier", "enroller", "administrator"]],
  ["account", "/account.html", ["auditor", "administrator"]],
];

const out = (machine) => ({ go: () => machine.send("out") });

/** What the home's keys allow: nobody is offered what would end in an error. */
const ALLOWED = { verify: "verifies", enrol: "issues", revoke: "issues" };

/** What the service answers to a code that is wrong, as against a service that is away. */
const REFUSALS = ["not-signed-in", "request-malformed", "rate-limited"];

/** How old the trust and the lists are that this station lives by, filled in once they are known. */
function freshness() {
  const place = h("p", { class: "small", id: "freshness", role: "status" });
  get("/v1/ages").then(({ trust, lists, now, most_list_age_s: most }) => {
    const oldest = Math.min(...lists.map((one) => one.signed_at));
    const told = [t("pages.fresh.trust", { ago: ago(trust.signed_at, now), date: day(trust.expires) })];
    if (lists.length) told.push(t("pages.fresh.lists", { ago: ago(oldest, now), date: day(oldest + most) }));
    place.replaceChildren(...told.flatMap((one, i) => [i ? " " : "", one])); // each by itself, to be said again in another language
  }).catch(() => {});
  return place;
}

function next() {
  const to = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/[a-z]+\.html$/.test(to) ? to : null;
}

export const states = {
  looking: {
    after: { ms: MINUTE, event: "failed" },
    out: "other",
    on: { known: "choose", unknown: "signIn", join: "registering", failed: "error" },
    async enter(machine) {
      working(t("pages.home.looking"), out(machine));
      const current = machine.ticket();
      const code = new URLSearchParams(location.hash.slice(1)).get("join");
      if (code) history.replaceState(null, "", "/"); // used once, and not left in the address
      try {
        const found = await session();
        if (!current()) return;
        if (!found && code) {
          machine.send("join", { code });
          return;
        }
        if (found && next()) location.replace(next());
        else machine.send(found ? "known" : "unknown", found);
      } catch (error) {
        if (current()) machine.send("failed", { code: error.code });
      }
    },
  },

  signIn: {
    after: { ms: 30 * MINUTE, event: "idle" },
    out: "other",
    on: { passkey: "passkey", invited: "invited", idle: "looking", failed: "error" },
    async enter(machine) {
      const current = machine.ticket();
      const ways = await get("/v1/sign-in").catch(() => ({ passkey: named(), oidc: false, set_up: true }));
      if (!current()) return;
      const fresh = !ways.set_up;
      const passkeys = ways.passkey && !fresh;
      screen(
        { title: t(fresh ? "pages.setup.title" : "pages.home.title"), name: "sign-in", out: out(machine) },
        h("div", { class: "hero" }, mark("plain")),
        h("p", { class: "lead", text: t(fresh ? "pages.setup.lead" : "pages.home.lead") }),
        h("div", { class: "actions" },
          passkeys && button(t("pages.signin.passkey"), () => machine.send("passkey"), { kind: "main", id: "passkey" }),
          button(t(fresh ? "pages.setup.go" : "pages.signin.invited"), () => machine.send("invited", { fresh }), { kind: passkeys ? "plain" : "main", id: "invited" })),
        ways.oidc && h("div", { class: "actions" }, h("a", { class: "button", href: "/v1/session/oidc", id: "oidc" }, t("pages.signin.oidc"))),
        h("p", { class: "small", text: t(ways.passkey ? "pages.signin.about" : "pages.signin.lan") }),
      );
    },
  },

  passkey: {
    after: { ms: 3 * MINUTE, event: "slow" },
    out: "other",
    on: { known: "looking", failed: "error", slow: "signIn" },
    async enter(machine) {
      working(t("pages.signin.waiting"), out(machine), "passkey");
      const current = machine.ticket();
      try {
        if (!available()) throw Object.assign(new Error(), { code: "no-passkeys" });
        const begun = await post("/v1/session/passkey/begin");
        const answer = await signIn(begun.options);
        const found = await post("/v1/session/passkey/complete", { sign_in: begun.sign_in, credential: answer });
        keepCsrf(found.csrf);
        if (current()) location.reload();
      } catch (error) {
        if (current()) machine.send("failed", { code: error.code && typeof error.code === "string" ? error.code : "passkey-refused" });
      }
    },
  },

  invited: {
    after: { ms: 10 * MINUTE, event: "idle" },
    out: "other",
    on: { go: "registering", back: "signIn", idle: "signIn" },
    enter(machine, given) {
      const fresh = given?.fresh ?? false;
      const refused = given?.refused ?? null;
      const code = h("input", { type: "text", id: "invitation", autocomplete: "one-time-code", required: true, spellcheck: "false", dir: "ltr", value: given?.code, "aria-invalid": refused && "true", "aria-describedby": refused && "refused" });
      const name = h("input", { type: "text", id: "own-name", maxlength: 80, autocomplete: "name", dir: "auto", value: given?.name });
      const go = (event) => {
        event.preventDefault();
        machine.send("go", { code: code.value.trim(), name: name.value.trim(), fresh });
      };
      screen(
        { title: t(fresh ? "pages.setup.title" : "pages.invited.title"), lead: t(fresh ? "pages.setup.lead" : named() ? "pages.invited.lead" : "pages.invited.lan"), name: "invited", out: out(machine) },
        h("form", { class: "panel", onsubmit: go },
          refused && h("p", { role: "alert", class: "wrong", id: "refused", text: first(`pages.invited.refused.${refused}`, `error.${refused}`, "pages.error.other") }),
          h("div", { class: "field" }, h("label", { for: "invitation", text: t("pages.invited.code") }), code),
          fresh && named() && h("div", { class: "field" }, h("label", { for: "own-name", text: t("pages.setup.name") }), name),
          h("div", { class: "actions" },
            h("button", { class: "button main", id: "continue" }, t("pages.continue")),
            button(t("pages.back"), () => machine.send("back"), { id: "back" }))),
      );
    },
  },

  registering: {
    after: { ms: 3 * MINUTE, event: "slow" },
    out: "other",
    on: { slow: "signIn", failed: "error", refused: "invited" },
    async enter(machine, { code, name, fresh }) {
      working(t("pages.signin.waiting"), out(machine), "registering");
      const current = machine.ticket();
      let asked = false; // whether the service took the code: until then what fails belongs to its form
      try {
        if (!named()) {
          keepCsrf((await post("/v1/session/join", { code, device: await newKey() })).csrf);
          if (current()) location.reload();
          return;
        }
        if (!available()) throw Object.assign(new Error(), { code: "no-passkeys" });
        const begun = await post("/v1/session/invitation/begin", { code });
        asked = true;
        const made = await register(begun.options);
        const found = await post("/v1/session/invitation/complete", { sign_in: begun.sign_in, credential: made, name: name || undefined });
        keepCsrf(found.csrf);
        if (current()) location.reload();
      } catch (error) {
        if (current() && !asked && REFUSALS.includes(error.code)) {
          machine.send("refused", { code, name, fresh, refused: error.code });
          return;
        }
        if (current()) machine.send("failed", { code: error.code && typeof error.code === "string" ? error.code : "passkey-refused" });
      }
    },
  },

  choose: {
    after: { ms: 60 * MINUTE, event: "idle" },
    out: "other",
    on: { idle: "looking", failed: "error" },
    async enter(machine, found) {
      const current = machine.ticket();
      let station;
      try {
        station = await get("/v1/station");
      } catch (error) {
        if (current()) machine.send("failed", { code: error.code });
        return;
      }
      if (!current()) return;
      const cards = CARDS.filter(([name, , roles]) => roles.some((one) => may(found, one)) && (station[ALLOWED[name]] ?? true));
      screen(
        { title: t("pages.home.hello"), name: "choose", wide: true, out: out(machine) },
        !station.trusts && h("p", { class: "banner", role: "alert", id: "no-trust", text: t("pages.home.no-trust") }),
        h("ul", { class: "cards" }, cards.map(([name, href], i) => h("li", {},
          h("a", { class: i === 0 ? "card first" : "card", href, id: `card-${name}` },
            h("strong", { text: t(`pages.card.${name}`) }), h("span", { text: t(`pages.card.${name}.about`) }))))),
        h("p", { class: "small", text: t("pages.home.promise") }),
        freshness(),
        h("div", { class: "actions" }, button(t("pages.signout"), () => leave(machine), { id: "sign-out" })),
      );
    },
  },

  error: {
    after: { ms: 5 * MINUTE, event: "back" },
    out: "other",
    on: { back: "signIn" },
    enter: (machine, data) => trouble(data?.timeout ? "service-away" : (data?.code ?? "other"), { action: () => machine.send("back"), out: out(machine) }),
  },

  other: {
    after: { ms: 10 * MINUTE, event: "back" },
    out: "looking",
    on: { back: "looking" },
    enter(machine) {
      screen(
        { title: t("pages.other.title"), lead: t("pages.other.lead"), name: "other" },
        h("ol", { class: "steps" }, ["one", "two", "three"].map((one) => h("li", { text: t(`pages.other.${one}`) }))),
        h("div", { class: "actions" }, button(t("pages.back"), () => machine.send("back"), { kind: "main", id: "back" })));
    },
  },
};

async function leave(machine) {
  await remove("/v1/session").catch(() => {});
  sessionStorage.removeItem("moiety.csrf");
  location.assign("/");
  machine.touch();
}

export function machine() {
  return new Machine(states, { initial: "looking" });
}

export async function main() {
  if (await open("pages.home.title")) machine().start();
}
