/** Show how far a question has come and how long each step took. */

import { counted, duration } from "./format.js";
import { element } from "./dom.js";

const STEPS = [
  { key: "nlp", title: "Understand" },
  { key: "sql", title: "Query" },
  { key: "rows", title: "Rows" },
  { key: "chart", title: "Chart" },
];
const STATE_WORDS = { waiting: "waiting", running: "running", done: "done", failed: "failed", skipped: "not needed" };
const TICK_MS = 100;

/** One question's way through the agents. */
export class Timeline {
  /** @param {HTMLElement} list  an ordered list that is filled here */
  constructor(list) {
    this.list = list;
    this.timer = 0;
  }

  /**
   * Begin anew.
   *
   * @param {string} first  the step that runs; those before it are not needed
   */
  begin(first = "nlp") {
    this.stop();
    this.steps = STEPS.map((step) => ({ ...step, ...makeStep(step), state: "waiting", startedAt: 0, elapsedMs: null }));
    this.list.replaceChildren(...this.steps.map((step) => step.item));
    this.list.hidden = false;
    for (const step of this.steps) {
      this.set(step, "waiting");
    }
    for (const step of this.steps) {
      if (step.key === first) break;
      this.set(step, "skipped");
    }
    this.enter(first);
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** @param {string} key  a stage; those before it are done, unknown ones are ignored */
  enter(key) {
    const reached = this.steps.findIndex((step) => step.key === key);
    if (reached < 0 || this.steps[reached].state === "running") return;
    const now = performance.now();
    this.steps.forEach((step, index) => {
      if (index < reached && (step.state === "running" || step.state === "waiting")) this.finish(step, now);
    });
    this.steps[reached].startedAt = now;
    this.set(this.steps[reached], "running");
  }

  finish(step, now) {
    if (step.startedAt) step.elapsedMs = now - step.startedAt;
    this.set(step, "done", step.elapsedMs === null ? "" : duration(step.elapsedMs));
  }

  /** @param {import("./types.js").AskAnswer} answer  whose own times replace those seen here */
  complete(answer) {
    this.stop();
    const { timings } = answer;
    for (const step of this.steps) {
      if (step.key === "rows") {
        const shown = answer.outcome === "answered";
        this.set(step, shown ? "done" : "skipped", shown ? counted(answer.row_count, "row") : "");
        continue;
      }
      const elapsedMs = timings?.[`${step.key}_ms`] ?? null;
      const failed = step.key === "chart" && Boolean(answer.chart_error);
      const state = failed ? "failed" : elapsedMs === null ? "skipped" : "done";
      this.set(step, state, elapsedMs === null ? "" : duration(elapsedMs));
    }
  }

  /** Mark the running step as the one that failed. */
  fail() {
    this.stop();
    for (const step of this.steps) {
      if (step.state === "running") this.set(step, "failed");
      else if (step.state === "waiting") this.set(step, "skipped");
    }
  }

  stop() {
    clearInterval(this.timer);
  }

  tick() {
    const running = this.steps.find((step) => step.state === "running");
    if (running) running.time.textContent = duration(performance.now() - running.startedAt);
  }

  set(step, state, time = step.time.textContent) {
    step.state = state;
    step.item.dataset.state = state;
    step.word.textContent = ` ${STATE_WORDS[state]}`;
    step.time.textContent = time;
  }
}

function makeStep({ title }) {
  const word = element("span", { class: "visually-hidden" });
  const time = element("span", { class: "step-time" });
  const name = element("span", { class: "step-name" }, title, word);
  const mark = element("span", { class: "step-mark", "aria-hidden": "true" });
  return { item: element("li", { class: "step" }, mark, name, time), word, time };
}
