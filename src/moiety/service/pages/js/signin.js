// Sign in again without leaving the page, so that the step at which the session ended goes on.

import { keepCsrf, post } from "./api.js";
import { available, signIn } from "./passkey.js";

/** Whether this address has a name, to which passkeys are bound; numbers have none. */
export function named() {
  return !/^[\d.]+$|^\[/.test(location.hostname);
}

export function toSignIn() {
  location.assign(`/?next=${encodeURIComponent(location.pathname)}`);
}

export async function signInAgain() {
  const begun = await post("/v1/session/passkey/begin");
  const credential = await signIn(begun.options);
  keepCsrf((await post("/v1/session/passkey/complete", { sign_in: begun.sign_in, credential })).csrf);
}

export const canHere = () => named() && available();
