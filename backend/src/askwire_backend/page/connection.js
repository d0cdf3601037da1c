/**
 * Keep one WebSocket to the backend and send requests over it, or over HTTP where there is no WebSocket.
 *
 * Every request ends exactly once: with its answer, or with a RequestError.
 */

import { reconnectDelayMs } from "./backoff.js";
import { RequestError } from "./failure.js";
import { getAgents, keepToken, knownToken, postAsk, postSql } from "./http.js";

const MOST_MESSAGE_BYTES = 64 * 1024;
const HEARTBEAT_MS = 15_000;
const SILENCE_MS = 40_000;
const FIRST_CONNECTION_MS = 2_500;
const ANSWER_MS = 180_000;
const REFUSED = 4401;

/**
 * @typedef {object} ConnectionState
 * @property {"connecting"|"connected"|"http"|"offline"|"locked"} mode  locked: the person has to give the token
 * @property {?import("./types.js").AgentTable} [welcome]
 */

/** The connection; it tells of changes by "change" events. */
export class Connection extends EventTarget {
  constructor() {
    super();
    /** @type {ConnectionState["mode"]} */
    this.mode = "connecting";
    this.welcome = null;
    this.socket = null;
    this.pending = new Map();
    this.failures = 0;
    this.lastMessageAt = 0;
    this.counter = 0;
    this.prefix = Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join("");
    this.heartbeatTimer = 0;
  }

  /** Connect, and stay connected from now on. */
  start() {
    this.open();
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
  }

  /** Do not wait for the rest of a delay when something says that the network is back. */
  hurry() {
    if (this.socket || !this.reconnectTimer) return;
    clearTimeout(this.reconnectTimer);
    this.reconnectTimer = 0;
    this.open();
  }

  open() {
    const url = new URL("/ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener("message", (event) => this.receive(event.data));
    socket.addEventListener("close", ({ code }) => this.closed(socket, code));
  }

  /** @param {ConnectionState["mode"]} mode */
  become(mode) {
    if (this.mode === mode) return;
    this.mode = mode;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {WebSocket} socket @param {number} [code] */
  closed(socket, code) {
    if (this.socket !== socket) return;
    this.socket = null;
    clearInterval(this.heartbeatTimer);
    const lost = new RequestError("CONNECTION_LOST", "The connection to the backend was lost before the answer came.");
    for (const waiting of [...this.pending.values()]) waiting.fail(lost);
    if (code === REFUSED) return void this.unlock();
    const delay = reconnectDelayMs(this.failures, Math.random());
    this.failures += 1;
    this.reconnectTimer = setTimeout(() => {
      this.reconnectTimer = 0;
      this.open();
    }, delay);
    if (this.mode === "connected") this.become("connecting");
    // Where WebSockets are switched off, the same questions go over HTTP.
    getAgents(AbortSignal.timeout(5_000)).then(
      () => this.socket?.readyState === WebSocket.OPEN || this.become("http"),
      ({ code: why }) =>
        this.socket?.readyState === WebSocket.OPEN ||
        (why === "UNAUTHENTICATED" ? this.unlock() : this.become("offline")),
    );
  }

  /** @param {string} text */
  receive(text) {
    this.lastMessageAt = performance.now();
    const message = JSON.parse(text);
    if (message.type === "connection_established") return this.established(message.data ?? {});
    // Only an answer shows that the connection is of use; a welcome alone does not reset the delays.
    this.failures = 0;
    const waiting = this.pending.get(message.response_to);
    if (!waiting) return undefined;
    if (message.type === "progress_update") return waiting.progress(message.data ?? {});
    if (message.type === "error") return waiting.fail(RequestError.of(message.error));
    return waiting.succeed(message.data);
  }

  /** @param {object} welcome */
  established(welcome) {
    this.welcome = welcome;
    const interval = welcome.heartbeat?.interval_ms ?? HEARTBEAT_MS;
    this.heartbeatTimer = setInterval(() => this.beat(), interval);
    if (welcome.auth !== "required") return this.become("connected");
    if (!knownToken()) return void this.unlock();
    const hello = this.requestBySocket("hello", { client: "page", token: knownToken() });
    // A refused one ends the connection, which is seen there.
    hello.then(() => this.become("connected"), () => {});
  }

  /** Connect no more until the person gave the token; ask once at a time. */
  unlock() {
    clearTimeout(this.reconnectTimer);
    this.reconnectTimer = 0;
    clearInterval(this.heartbeatTimer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.become("locked");
    this.unlocking ??= import("./token.js")
      .then(({ askForToken }) => askForToken(knownToken() !== ""))
      .then((token) => {
        if (!token) return;
        keepToken(token);
        this.become("connecting");
        this.open();
      })
      .finally(() => (this.unlocking = null));
    return this.unlocking;
  }

  beat() {
    if (performance.now() - this.lastMessageAt > SILENCE_MS && document.visibilityState === "visible") {
      const silent = this.socket;
      silent.close();
      this.closed(silent);
    } else {
      this.socket.send(JSON.stringify({ type: "heartbeat", timestamp: Date.now() / 1000 }));
    }
  }

  /**
   * Wait until the first attempt to connect has ended, so that a deep link does not ask into the void.
   *
   * @param {?AbortSignal} signal
   */
  async settled(signal) {
    if (this.mode !== "connecting") return;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, FIRST_CONNECTION_MS);
      const done = () => (clearTimeout(timer), resolve());
      this.addEventListener("change", done, { once: true });
      signal?.addEventListener("abort", done, { once: true });
    });
  }

  /**
   * Send one request and wait for its answer.
   *
   * @param {string} type
   * @param {object} data
   * @param {{signal?: AbortSignal, onProgress?: (progress: import("./types.js").Progress) => void}} [options]
   *     aborting cancels the request at the backend too
   * @returns {Promise<*>} the answer's data
   * @throws {RequestError}
   */
  async request(type, data, { signal, onProgress } = {}) {
    await this.settled(signal);
    while (this.mode === "locked" && type !== "agents" && !signal?.aborted) {
      await this.unlock();
      if (this.mode === "locked") break;
      await this.settled(signal);
    }
    if (signal?.aborted) throw new RequestError("CANCELLED", "Cancelled.");
    if (this.mode === "locked") throw new RequestError("UNAUTHENTICATED", "This backend wants a token.");
    if (this.mode === "connected") return this.requestBySocket(type, data, signal, onProgress);
    if (type === "ask") return postAsk(data, signal, onProgress);
    if (type === "sql_query") return postSql(data, signal);
    if (type === "agents") return getAgents(signal);
    throw new RequestError("NO_CONNECTION", "This needs a WebSocket connection, which is not there.");
  }

  requestBySocket(type, data, signal, onProgress) {
    const id = `${this.prefix}-${++this.counter}`;
    const text = JSON.stringify({ type, message_id: id, data });
    if (new TextEncoder().encode(text).length > MOST_MESSAGE_BYTES) {
      throw new RequestError("TOO_LARGE", "That is longer than the 64 KiB that one message may have.");
    }
    return new Promise((resolve, reject) => {
      const cancel = () => {
        this.socket?.send(JSON.stringify({ type: "cancel", data: { request_id: id } }));
        waiting.fail(new RequestError("CANCELLED", "Cancelled."));
      };
      const end = (settle) => (value) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", cancel);
        this.pending.delete(id);
        settle(value);
      };
      const waiting = { succeed: end(resolve), fail: end(reject), progress: onProgress ?? (() => {}) };
      const late = new RequestError("DEADLINE_EXCEEDED", "No answer came within three minutes.");
      const timer = setTimeout(() => waiting.fail(late), ANSWER_MS);
      signal?.addEventListener("abort", cancel);
      this.pending.set(id, waiting);
      this.socket.send(text);
    });
  }
}
