/** Show the agents as the backend sees them, asked anew every two seconds while the page is visible. */

import { announce } from "./announce.js";
import { byId, element } from "./dom.js";
import { counted, duration } from "./format.js";

const INTERVAL_MS = 2_000;
const LONGEST_WAIT_MS = 8_000;
const STATES = ["connecting", "responding", "suspect", "lost"];
const seconds = (value) => (value === null || value === undefined ? "–" : duration(value * 1000));

/** The board of agents. */
export class AgentsBoard {
  /**
   * @param {import("./connection.js").Connection} connection
   * @param {() => void} onFormats  called when other export formats are advertised than before
   */
  constructor(connection, onFormats) {
    this.connection = connection;
    this.onFormats = onFormats;
    this.knownFormats = "";
    this.list = byId("agents-list");
    this.summary = byId("agents-summary");
    this.problem = byId("agents-problem");
    /** @type {import("./types.js").AgentStatus[]} */
    this.agents = [];
    this.ready = null;
    this.tiles = new Map();
  }

  /** Ask now and from now on. */
  start() {
    this.poll();
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.poll());
    this.connection.addEventListener("change", () => this.poll());
  }

  async poll() {
    if (this.asking) return;
    clearTimeout(this.timer);
    this.asking = true;
    try {
      this.show(await this.connection.request("agents", {}, { signal: AbortSignal.timeout(LONGEST_WAIT_MS) }));
      this.problem.textContent = "";
      this.list.classList.remove("stale");
    } catch (failure) {
      this.list.classList.add("stale");
      this.summary.textContent = "agents not known";
      delete this.summary.dataset.level;
      this.problem.textContent = `The agents are not known at the moment. What is below is old. ${failure.message}`;
    }
    this.asking = false;
    clearTimeout(this.timer);
    if (document.visibilityState === "visible") this.timer = setTimeout(() => this.poll(), INTERVAL_MS);
  }

  /** @returns {string[]} export formats of the viz agents that answer */
  formats() {
    return [...new Set(this.agents.filter(({ state }) => state !== "lost").flatMap(({ formats }) => formats ?? []))];
  }

  /** @param {import("./types.js").AgentTable} table */
  show(table) {
    this.agents = table.agents ?? [];
    const responding = this.agents.filter(({ state }) => state === "responding").length;
    const total = this.agents.length;
    this.summary.textContent = total ? `${responding} of ${counted(total, "agent")} responding` : "no agents";
    this.summary.dataset.level = table.ready ? "good" : "bad";
    byId("catalog").textContent = table.catalog_tables ? `${counted(table.catalog_tables, "table")} known` : "";
    if (this.ready !== null && this.ready !== table.ready) {
      announce(table.ready ? "All kinds of agents respond again." : "An agent that is needed does not respond.");
    }
    this.ready = table.ready;
    this.showTiles();
    const formats = this.formats().sort().join();
    if (formats !== this.knownFormats) {
      this.knownFormats = formats;
      this.onFormats();
    }
  }

  /** Change tiles in place, so that a reader's place and a selection stay where they are. */
  showTiles() {
    const kept = new Map();
    this.agents.forEach((agent, index) => {
      const key = agent.url || `${agent.agent}-${index}`;
      const tile = this.tiles.get(key) ?? makeTile();
      fillTile(tile, agent);
      kept.set(key, tile);
      if (this.list.children[index] !== tile.item) this.list.insertBefore(tile.item, this.list.children[index] ?? null);
    });
    for (const [key, tile] of this.tiles) if (kept.get(key) !== tile) tile.item.remove();
    this.tiles = kept;
  }
}

const FACTS = ["Type", "Version", "Last heartbeat", "Round trip", "In flight", "Missed", "In this state", "Transport"];

function makeTile() {
  const name = element("h3");
  const state = element("span");
  const url = element("p", { class: "agent-url" });
  const values = FACTS.map(() => element("dd"));
  const facts = FACTS.map((fact, at) => element("div", {}, element("dt", {}, fact), values[at]));
  const error = element("p", { class: "note", dir: "auto" });
  const head = element("div", { class: "agent-head" }, name, state);
  return { item: element("li", {}, head, url, element("dl", {}, ...facts), error), name, state, url, values, error };
}

/** @param {object} tile @param {import("./types.js").AgentStatus} agent */
function fillTile(tile, agent) {
  const degraded = agent.state === "responding" && agent.status === "degraded";
  const known = degraded ? "suspect" : STATES.includes(agent.state) ? agent.state : "connecting";
  const age = agent.last_heartbeat_age_s;
  const heartbeat =
    age === null || age === undefined ? "none yet" : `${age < 60 ? `${age.toFixed(1)} s` : seconds(age)} ago`;
  tile.item.className = `agent ${known}`;
  tile.state.className = `state ${known}`;
  put(tile.name, agent.agent);
  put(tile.state, degraded ? "degraded" : agent.state);
  put(tile.url, agent.url);
  const values = [
    agent.agent_type,
    agent.version ?? "–",
    heartbeat,
    duration(agent.rtt_ms),
    agent.in_flight,
    agent.missed,
    seconds(agent.since_s),
    agent.transport,
  ];
  values.forEach((value, at) => put(tile.values[at], value));
  put(tile.error, degraded ? (agent.problem ?? "") : known === "responding" ? "" : (agent.last_error ?? ""));
}

/** @param {HTMLElement} place @param {*} value */
function put(place, value) {
  const text = String(value);
  if (place.textContent !== text) place.textContent = text;
}
