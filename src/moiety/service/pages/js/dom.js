// Elements made in one call; text is always text, so nothing that is shown can become markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, String(value));
  }
  for (const child of children.flat(3)) {
    if (child !== undefined && child !== null && child !== false) element.append(child);
  }
  return element;
}

export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

export function button(label, onclick, { kind = "plain", ...rest } = {}) {
  return h("button", { type: "button", class: `button ${kind}`, onclick, ...rest }, label);
}

export function show(place, ...children) {
  place.replaceChildren(...children.flat(3).filter((one) => one !== undefined && one !== null && one !== false));
}

/** What is known of something, a term and its value a row. */
export const facts = (rows) => h("dl", { class: "facts" }, rows.map(([term, value]) => h("div", {}, h("dt", { text: term }), h("dd", {}, value))));
