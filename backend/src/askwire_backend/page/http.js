/** Send requests over HTTP: questions where there is no WebSocket, and what is too large for one always. */

import { RequestError } from "./failure.js";

const JSON_TYPE = "application/json";
const TOKEN_KEY = "askwire.token";
let token = "";
try {
  token = sessionStorage.getItem(TOKEN_KEY) ?? "";
} catch {
  // Storage can be forbidden; the token then lasts until the page is left.
}

/** @returns {string} the mesh's token; empty where the person gave none */
export function knownToken() {
  return token;
}

/** @param {string} given  the mesh's token, for everything that is sent from now on */
export function keepToken(given) {
  token = given;
  try {
    sessionStorage.setItem(TOKEN_KEY, given);
  } catch {
    // As above.
  }
}

/**
 * Ask, and read progress and answer as lines of JSON.
 *
 * @param {import("./types.js").Ask} data
 * @param {?AbortSignal} signal
 * @param {?(progress: import("./types.js").Progress) => void} onProgress
 * @returns {Promise<import("./types.js").AskAnswer>}
 * @throws {RequestError}
 */
export async function postAsk(data, signal, onProgress) {
  const response = await send("/v1/ask", data, signal, "application/x-ndjson");
  for await (const line of lines(response)) {
    const message = JSON.parse(line);
    if (message.type === "progress_update") onProgress?.(message.data ?? {});
    else if (message.type === "error") throw RequestError.of(message.error);
    else return message.data;
  }
  throw new RequestError("CONNECTION_LOST", "The backend ended the answer before it was whole.");
}

/**
 * Run SQL where there is no WebSocket.
 *
 * @param {{sql: string}} data
 * @param {?AbortSignal} signal
 * @returns {Promise<object>} a SqlAnswer
 * @throws {RequestError}
 */
export async function postSql(data, signal) {
  return (await send("/v1/sql", data, signal, JSON_TYPE)).json();
}

/**
 * @param {?AbortSignal} signal
 * @returns {Promise<import("./types.js").AgentTable>}
 * @throws {RequestError}
 */
export async function getAgents(signal) {
  const response = await reach("/v1/agents", { signal, headers: { Accept: JSON_TYPE } });
  return response.json();
}

/**
 * Have another chart made of rows that are here.
 *
 * @param {object} data  a ChartRequest
 * @param {?AbortSignal} [signal]
 * @returns {Promise<import("./types.js").Chart>}
 * @throws {RequestError}
 */
export async function postChart(data, signal) {
  return (await send("/v1/chart", data, signal, JSON_TYPE)).json();
}

/**
 * Have a file made.
 *
 * @param {object} data  an ExportRequest
 * @returns {Promise<Blob>}
 * @throws {RequestError}
 */
export async function postExport(data) {
  return (await send("/v1/export", data, null, "*/*")).blob();
}

/**
 * @param {string} path
 * @param {object} data
 * @param {?AbortSignal|undefined} signal
 * @param {string} accept
 */
function send(path, data, signal, accept) {
  const headers = { "Content-Type": JSON_TYPE, Accept: accept };
  return reach(path, { method: "POST", body: JSON.stringify(data), headers, signal });
}

/** @param {string} path @param {RequestInit} options @returns {Promise<Response>} */
async function reach(path, options) {
  let response;
  const headers = token ? { ...options.headers, Authorization: `Bearer ${token}` } : options.headers;
  try {
    response = await fetch(path, { cache: "no-store", ...options, headers });
  } catch (cause) {
    if (options.signal?.aborted) throw new RequestError("CANCELLED", "Cancelled.");
    throw new RequestError("NO_CONNECTION", "The backend does not answer.", { retryable: true });
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw RequestError.of(
    body?.error ?? { message: `The backend answered with status ${response.status}.`, code: "UPSTREAM" },
  );
}

/** @param {Response} response @returns {AsyncGenerator<string>} lines that are not empty */
async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const parts = (rest + (value ?? "")).split("\n");
    rest = done ? "" : parts.pop();
    for (const part of parts) if (part.trim()) yield part;
    if (done) return;
  }
}
