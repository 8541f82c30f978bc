// Requests to this service: one shape of error, the session's cookie, and the header that no other site can send.

export class ApiError extends Error {
  constructor({ code, text, remedy, thing }, status) {
    super(text);
    this.code = code;
    this.thing = thing;
    this.remedy = remedy;
    this.status = status;
  }
}

const SLOWEST_MS = 30_000;
let csrf = sessionStorage.getItem("moiety.csrf") ?? "";

export function keepCsrf(token) {
  csrf = token;
  sessionStorage.setItem("moiety.csrf", token);
}

export function csrfToken() {
  return csrf;
}

export async function ask(method, path, body, { raw = false } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  const form = body instanceof FormData;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, {
      method, headers, credentials: "same-origin", redirect: "error", cache: "no-store",
      keepalive: method === "DELETE", // what is let go of is let go of even by a page that is left
      body: body === undefined ? undefined : form ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(SLOWEST_MS),
    });
  } catch {
    throw new ApiError({ code: "service-away", text: "", remedy: "" }, 0);
  }
  if (raw && answer.ok) return answer;
  if (answer.status === 204) return null;
  const found = await answer.json().catch(() => null);
  if (!answer.ok) {
    throw new ApiError(found?.error ?? { code: "internal", text: "", remedy: "" }, answer.status);
  }
  return found;
}

export const get = (path) => ask("GET", path);
export const post = (path, body = {}) => ask("POST", path, body);
export const remove = (path) => ask("DELETE", path);
