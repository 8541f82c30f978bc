// Every word on a page comes from the catalogue, in the reader's language and direction.

const CHOICE = "moiety.language";
export const LANGUAGES = { en: "English", ar: "العربية", es: "Español" };

let texts = {};
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

export function choose(code) {
  localStorage.setItem(CHOICE, code);
  location.reload();
}

export function has(key) {
  return Object.hasOwn(texts, key);
}

export function t(key, values = {}) {
  if (!has(key)) {
    document.documentElement.dataset.untold = key; // a test looks here: no page may show a bare key
    return key;
  }
  return texts[key].replace(/\{([a-z][a-z_]*)\}/g, (_, name) => `\u2068${values[name] ?? ""}\u2069`);
}

/** The first of several keys that the catalogue has. */
export function first(...keys) {
  return t(keys.find(has) ?? keys[0]);
}

export function number(value, options = {}) {
  return new Intl.NumberFormat(language, options).format(value);
}

/** A text with a whole number in it, in the form that goes with the number. */
export function counted(stem, value, name = "number") {
  const form = new Intl.PluralRules(language).select(value);
  return t(has(`${stem}.${form}`) ? `${stem}.${form}` : `${stem}.other`, { [name]: number(value) });
}

const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]];

/** How long ago: "3 hours ago", in the largest unit of which it is at least one. */
export function ago(seconds, now) {
  const [unit, size] = UNITS.find(([, one]) => now - seconds >= one) ?? ["second", 1];
  const words = new Intl.RelativeTimeFormat(language, { numeric: unit === "second" ? "auto" : "always" });
  return words.format(unit === "second" ? 0 : -Math.floor((now - seconds) / size), unit);
}

export function day(seconds) {
  return new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(new Date(seconds * 1000));
}
