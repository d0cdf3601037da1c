/** Take a question through the backend: one at a time, with progress, cancelling, asking back and edited SQL. */

import { announce } from "./announce.js";
import { RequestError } from "./failure.js";
import { rememberQuestion } from "./history.js";
import { postChart } from "./http.js";

const EDITED = "Result of the edited SQL";
const LARGEST_CONTEXT_CHARACTERS = 32 * 1024;
const SAID = { nlp: "Understanding the question.", sql: "Querying the database.", chart: "Drawing the chart." };

/**
 * @typedef {object} Views
 * @property {import("./timeline.js").Timeline} timeline
 * @property {import("./answer.js").AnswerView} answer
 * @property {(busy: boolean) => void} busy
 * @property {(question: ?string) => void} follows  the question that a next one would continue, null for none
 * @property {(question: string) => void} asked  called when a question of a person begins
 */

/** The conversation of this page. */
export class Conversation {
  /** @param {import("./connection.js").Connection} connection @param {Views} views */
  constructor(connection, views) {
    this.connection = connection;
    this.views = views;
    this.context = null;
    this.running = null;
    this.again = () => {};
  }

  /**
   * Ask one question; one that still runs is cancelled.
   *
   * @param {string} question
   */
  ask(question) {
    rememberQuestion(question);
    this.views.asked(question);
    this.again = () => this.ask(question);
    const fitting = JSON.stringify(this.context ?? null).length <= LARGEST_CONTEXT_CHARACTERS;
    return this.send({ question, ...(this.context !== null && fitting ? { context: this.context } : {}) });
  }

  /**
   * Ask again with the reading that the person chose.
   *
   * @param {import("./types.js").AskAnswer} answer
   * @param {import("./types.js").Choice} choice
   */
  choose(answer, choice) {
    this.again = () => this.choose(answer, choice);
    const context = answer.context === null || answer.context === undefined ? {} : { context: answer.context };
    return this.send({ question: answer.question, answers: [{ id: choice.id }], ...context });
  }

  /** @param {import("./types.js").Ask} data */
  send(data) {
    return this.run(data.question, "nlp", null, async (signal) => {
      const onProgress = ({ stage }) => {
        this.views.timeline.enter(stage);
        if (SAID[stage]) announce(SAID[stage]);
      };
      const answer = await this.connection.request("ask", data, { signal, onProgress });
      if (answer.outcome === "answered") this.continueFrom(answer);
      return answer;
    });
  }

  /**
   * Run SQL that a person edited, and have a chart made of its rows.
   *
   * @param {string} sql
   */
  runSql(sql) {
    this.again = () => this.runSql(sql);
    return this.run(EDITED, "sql", sql, async (signal) => {
      const startedAt = performance.now();
      const result = await this.connection.request("sql_query", { sql }, { signal });
      const sqlMs = performance.now() - startedAt;
      this.views.timeline.enter("chart");
      const { chart, chartError } = await this.chartOf(result, signal);
      const totalMs = performance.now() - startedAt;
      const timings = { total_ms: totalMs, nlp_ms: null, sql_ms: sqlMs, chart_ms: chart ? totalMs - sqlMs : null };
      const unread = {
        explanation: [],
        assumptions: [],
        confidence: 0,
        choices: [],
        not_understood: [],
        context: null,
      };
      return {
        ...unread,
        ...result,
        question: EDITED,
        outcome: "answered",
        sql,
        timings,
        chart,
        chart_error: chartError,
      };
    });
  }

  async chartOf({ columns, rows, truncated }, signal) {
    if (!rows.length) return { chart: null, chartError: null };
    try {
      return { chart: await postChart({ columns, rows, truncated }, signal), chartError: null };
    } catch (failure) {
      if (failure.code === "CANCELLED") throw failure;
      return { chart: null, chartError: failure.message };
    }
  }

  /**
   * Do one thing at a time, and show how it ends.
   *
   * @param {string} question
   * @param {string} firstStep
   * @param {?string} sql
   * @param {(signal: AbortSignal) => Promise<import("./types.js").AskAnswer>} work
   */
  async run(question, firstStep, sql, work) {
    this.running?.abort();
    const controller = new AbortController();
    this.running = controller;
    const { views } = this;
    views.busy(true);
    views.answer.clear();
    views.timeline.begin(firstStep);
    try {
      const answer = await work(controller.signal);
      if (this.running !== controller) return;
      views.timeline.complete(answer);
      views.answer.show(answer);
    } catch (cause) {
      if (this.running !== controller) return;
      this.failed(question, cause, sql);
    } finally {
      if (this.running === controller) {
        this.running = null;
        views.busy(false);
      }
    }
  }

  failed(question, cause, sql) {
    this.views.timeline.fail();
    if (cause.code === "CANCELLED") {
      announce("Cancelled.");
    } else if (cause instanceof RequestError) {
      this.views.answer.showError(question, cause, sql);
    } else {
      this.views.answer.showError(question, new RequestError("INTERNAL", "The page could not show the answer."), sql);
      throw cause;
    }
  }

  /** Stop waiting, and tell the backend so. */
  cancel() {
    this.running?.abort();
  }

  /** @param {import("./types.js").AskAnswer} answer */
  continueFrom(answer) {
    this.context = answer.context ?? null;
    this.views.follows(this.context === null ? null : answer.question);
  }

  /** Forget the conversation; the next question stands alone. */
  startAnew() {
    this.context = null;
    this.views.follows(null);
  }
}
