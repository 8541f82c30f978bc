// The key of a device that joined: made here, kept by the browser, never given out; it wakes a session that rested.

import { keepCsrf, post } from "./api.js";

const PLACE = "moiety-device";
const KIND = { name: "ECDSA", namedCurve: "P-256" };

function store() {
  return new Promise((done, failed) => {
    const opening = indexedDB.open(PLACE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onsuccess = () => done(opening.result);
    opening.onerror = () => failed(opening.error);
  });
}

async function kept(mode, act) {
  const base = await store();
  try {
    return await new Promise((done, failed) => {
      const asked = act(base.transaction("keys", mode).objectStore("keys"));
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
  } finally {
    base.close();
  }
}

/** A new key of this device; its public half as the service takes it, or undefined where the browser has no place. */
export async function newKey() {
  try {
    const pair = await crypto.subtle.generateKey(KIND, false, ["sign"]); // the private half cannot be read out
    await kept("readwrite", (keys) => keys.put(pair, "own"));
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  } catch {
    return undefined;
  }
}

const hex = (bytes) => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
const bytes = (text) => Uint8Array.from(text.match(/../g), (one) => Number.parseInt(one, 16));

/** Wake this device's session; whether it goes on. */
export async function wake() {
  try {
    const pair = await kept("readonly", (keys) => keys.get("own"));
    if (!pair) return false;
    const begun = await post("/v1/session/wake/begin");
    const head = new TextEncoder().encode(`moiety/wake/1\0${location.origin}\0`);
    const message = new Uint8Array([...head, ...bytes(begun.challenge)]);
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, message);
    const found = await post("/v1/session/wake/complete", { sign_in: begun.sign_in, signature: hex(new Uint8Array(signature)) });
    keepCsrf(found.csrf);
    return true;
  } catch {
    return false;
  }
}
