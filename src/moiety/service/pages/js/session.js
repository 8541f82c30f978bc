// Who is signed in, and what they may do here.

import { ApiError, get, keepCsrf } from "./api.js";
import { wake } from "./device.js";

let known = null;

export async function session() {
  if (known) return known;
  try {
    known = await get("/v1/session").catch(async (error) => {
      if (error.status === 401 && (await wake())) return get("/v1/session");
      throw error;
    });
    if (known.csrf) keepCsrf(known.csrf);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    known = null;
  }
  return known;
}

/** Go to the sign-in where nobody is signed in; else who is. */
export async function requireSession() {
  const found = await session();
  if (!found) location.assign(`/?next=${encodeURIComponent(location.pathname)}`);
  return found;
}

export function may(found, role) {
  return found?.roles?.includes(role) ?? false;
}
