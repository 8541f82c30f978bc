// Every word on a page comes from the catalogue, in the reader's language and direction.

const CHOICE = "moiety.language";
export const LANGUAGES = { en: "English", ar: "العربية", es: "Español" };

let texts = {};
const said = new Map(); // what a page says, and how to say it again in another language
const ATTRIBUTES = ["aria-label", "alt", "placeholder", "data-head"];
export let language = "en";

function wanted() {
  const asked = [localStorage.getItem(CHOICE), ...(navigator.languages ?? [navigator.language])];
  for (const one of asked) {
    const code = one?.toLowerCase().split("-")[0];
    if (code in LANGUAGES) return code;
  }
  return "en";
}

export async function loadTexts() {
  language = wanted();
  const answer = await fetch(`/v1/catalogue/${language}`);
  if (!answer.ok) throw new Error(`catalogue: ${answer.status}`);
  const found = await answer.json();
  texts = found.texts;
  document.documentElement.lang = language;
  document.documentElement.dir = found.direction;
}

/** Another language, in place: nothing is loaded again, so that nothing on the screen is lost. */
export async function choose(code) {
  localStorage.setItem(CHOICE, code);
  document.cookie = `${CHOICE}=${code}; path=/; max-age=31536000; SameSite=Lax`; // for the pages without a script
  await loadTexts();
  for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode();) {
    walker.currentNode.data = sayAgain(walker.currentNode.data);
  }
  for (const name of ATTRIBUTES) {
    for (const one of document.querySelectorAll(`[${name}]`)) one.setAttribute(name, sayAgain(one.getAttribute(name)));
  }
}

function saying(words, again) {
  said.set(words, again);
  return words;
}

function sayAgain(words) {
  return said.has(words) ? said.get(words)() : words;
}

export function has(key) {
  return Object.hasOwn(texts, key);
}

export function t(key, values = {}) {
  if (!has(key)) {
    document.documentElement.dataset.untold = key; // a test looks here: no page may show a bare key
    return key;
  }
  const words = texts[key].replace(/\{([a-z][a-z_]*)\}/g, (_, name) => `\u2068${values[name] ?? ""}\u2069`);
  return saying(words, () => t(key, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, sayAgain(value)]))));
}

/** The first of several keys that the catalogue has. */
export function first(...keys) {
  return t(keys.find(has) ?? keys[0]);
}

export function number(value, options = {}) {
  return saying(new Intl.NumberFormat(language, options).format(value), () => number(value, options));
}

/** A text with a whole number in it, in the form that goes with the number. */
export function counted(stem, value, name = "number") {
  const form = new Intl.PluralRules(language).select(value);
  return saying(t(has(`${stem}.${form}`) ? `${stem}.${form}` : `${stem}.other`, { [name]: number(value) }), () => counted(stem, value, name));
}

const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]];

/** How long ago: "3 hours ago", in the largest unit of which it is at least one. */
export function ago(seconds, now) {
  const [unit, size] = UNITS.find(([, one]) => now - seconds >= one) ?? ["second", 1];
  const words = new Intl.RelativeTimeFormat(language, { numeric: unit === "second" ? "auto" : "always" });
  return saying(words.format(unit === "second" ? 0 : -Math.floor((now - seconds) / size), unit), () => ago(seconds, now));
}

export function day(seconds) {
  return saying(new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(new Date(seconds * 1000)), () => day(seconds));
}

/** The day and the time of day of a moment in seconds. */
export function moment(seconds) {
  const words = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  return saying(words.format(new Date(seconds * 1000)), () => moment(seconds));
}

/** The time of day of a moment in milliseconds. */
export function clock(at) {
  return saying(new Intl.DateTimeFormat(language, { timeStyle: "short" }).format(at), () => clock(at));
}

/** Several things in one sentence, as the language joins them. */
export function listed(words) {
  return saying(new Intl.ListFormat(language).format(words), () => listed(words.map(sayAgain)));
}
