/** Put one answer on the page: answered, asked back, refused, or failed. */

import { alertNow, announce } from "./announce.js";
import { ChartView } from "./chart.js";
import { append, button, card, element } from "./dom.js";
import { downloadBar } from "./downloads.js";
import { adviceFor, worthAnotherTry } from "./failure.js";
import { counted, duration } from "./format.js";
import { markedQuestion, readingCard } from "./reading.js";
import { coloured, sqlCard } from "./sql.js";
import { ResultTable } from "./table.js";

/**
 * @typedef {object} AnswerActions
 * @property {(answer: import("./types.js").AskAnswer, choice: import("./types.js").Choice) => void} choose
 * @property {() => void} retry
 * @property {(sql: string) => void} runSql
 * @property {() => string[]} formats  that the viz agents advertise
 */

/** The place where answers appear; there is one answer at a time. */
export class AnswerView {
  /** @param {HTMLElement} place @param {AnswerActions} actions */
  constructor(place, actions) {
    this.place = place;
    this.actions = actions;
    this.parts = [];
  }

  /** Remove the answer and free its chart and table. */
  clear() {
    for (const part of this.parts) part.destroy();
    this.parts = [];
    this.offered = null;
    this.place.replaceChildren();
    this.place.hidden = true;
  }

  /** @param {import("./types.js").AskAnswer} answer */
  show(answer) {
    this.clear();
    this.place.hidden = false;
    this.place.classList.toggle("narrow", answer.outcome !== "answered");
    if (answer.outcome === "input_required") this.showChoices(answer);
    else if (answer.outcome === "refused") this.showRefusal(answer);
    else this.showRows(answer);
  }

  showRows(answer) {
    const { explanation } = answer;
    const titles = explanation.map(({ meaning }) => meaning);
    const heading = markedQuestion(
      answer.question,
      explanation.map(({ words }) => words),
      "understood",
      titles,
    );
    const time = answer.timings ? ` in ${duration(answer.timings.total_ms)}` : "";
    const summary = element("p", { class: "answer-summary" }, `${counted(answer.row_count, "row")}${time}`);
    const main = element("div", { class: "answer-main" });
    const side = element("div", { class: "answer-side" });
    append(side, [readingCard(answer), answer.sql ? sqlCard(answer.sql, this.actions.runSql) : null]);
    this.place.replaceChildren(heading, summary, element("div", { class: "answer-grid" }, main, side));
    const chart = this.chartPart(answer, main);
    main.appendChild(this.tableCard(answer, chart));
    announce(`Answer: ${counted(answer.row_count, "row")}. ${answer.chart?.text ?? ""}`);
  }

  chartPart(answer, main) {
    if (answer.chart_error) {
      main.appendChild(element("p", { class: "notice", role: "status" }, `No chart: ${answer.chart_error}`));
    }
    if (!answer.chart || (!answer.chart.item && answer.chart.chart_type !== "number")) return null;
    const view = new ChartView(answer, (chart) => this.renewDownloads(answer, chart));
    this.parts.push(view);
    main.appendChild(view.element);
    view.show();
    return view;
  }

  tableCard(answer, chart) {
    const label = `Rows of the answer to: ${answer.question.slice(0, 200)}`;
    if (!answer.rows.length) {
      const nothing = element("p", { class: "empty" }, "No rows match. The SQL shows which conditions were applied.");
      return card("table", "Table", [], nothing);
    }
    const table = new ResultTable(answer.columns, answer.rows, label);
    this.parts.push(table);
    this.downloads = element("div", { class: "downloads-place" });
    this.renewDownloads(answer, chart?.chart ?? null);
    const made = card("table", "Table", [this.downloads], table.element);
    const note = rowsNote(answer);
    if (note) made.appendChild(element("p", { class: "note rows-note" }, note));
    return made;
  }

  /** Offer the downloads anew, after the advertised formats have changed. */
  formatsChanged() {
    if (this.offered) this.renewDownloads(...this.offered);
  }

  renewDownloads(answer, chart) {
    this.offered = [answer, chart];
    const bar = downloadBar(answer, chart, this.actions.formats());
    this.downloads.replaceChildren(...(bar ? [bar] : []));
  }

  showChoices(answer) {
    const choices = answer.choices.slice(0, 3).map((choice) => this.choice(answer, choice));
    this.place.replaceChildren(
      markedQuestion(
        answer.question,
        answer.explanation.map(({ words }) => words),
        "understood",
      ),
      element(
        "div",
        { class: "notice ask-back" },
        element("h3", {}, "Which one do you mean?"),
        element("p", {}, sentence(answer.reason ?? "The question can be read in more than one way.")),
        element("ul", { class: "choices" }, ...choices),
      ),
    );
    announce(
      `The question can be read in ${choices.length} ways: ${answer.choices.map(({ label }) => label).join("; ")}`,
    );
  }

  choice(answer, choice) {
    const made = button("", () => this.actions.choose(answer, choice), { class: "choice" });
    made.append(element("span", { class: "choice-label", dir: "auto" }, choice.label));
    const sql = choice.sql
      ? element(
          "details",
          { class: "choice-sql" },
          element("summary", {}, "SQL"),
          element("pre", { class: "sql" }, element("code", {}, ...coloured(choice.sql))),
        )
      : null;
    return element("li", {}, made, sql);
  }

  showRefusal(answer) {
    const unknown = answer.not_understood;
    const reason = sentence(answer.reason ?? "The question does not fit this database.");
    const named = unknown.every((word) => reason.includes(word));
    const words = !named
      ? element(
          "p",
          {},
          "Not understood: ",
          ...unknown.flatMap((word, at) => [at ? ", " : "", element("mark", { class: "unknown", dir: "auto" }, word)]),
        )
      : null;
    this.place.replaceChildren(
      markedQuestion(
        answer.question,
        unknown,
        "unknown",
        unknown.map(() => "not understood"),
      ),
      element(
        "div",
        { class: "notice refusal" },
        element("h3", {}, "No answer, rather than a wrong one"),
        element("p", {}, reason),
        words,
        element("p", { class: "hint" }, "Use the names of things in the database, or ask for less at once."),
      ),
    );
    append(this.place, [readingCard(answer)]);
    announce(`No answer. ${answer.reason ?? ""} ${unknown.length ? `Not understood: ${unknown.join(", ")}` : ""}`);
  }

  /**
   * @param {string} question
   * @param {import("./failure.js").RequestError} error
   * @param {?string} sql  what was run, where it was SQL of the person's own
   */
  showError(question, error, sql = null) {
    this.clear();
    this.place.hidden = false;
    this.place.classList.add("narrow");
    const facts = error.details.map((detail) => detail.reason).filter(Boolean);
    const again = worthAnotherTry(error) ? button("Ask again", this.actions.retry, { class: "primary small" }) : null;
    this.place.replaceChildren(
      markedQuestion(question, [], "unknown"),
      element(
        "div",
        { class: "notice failure" },
        element("h3", {}, "That did not work ", element("code", { class: "error-code" }, error.code)),
        element("p", {}, error.message),
        ...facts.map((fact) => element("p", { class: "hint" }, fact)),
        element("p", { class: "hint" }, adviceFor(error.code)),
        again,
      ),
    );
    append(this.place, [sql ? sqlCard(sql, this.actions.runSql) : null]);
    alertNow(`${error.message} ${adviceFor(error.code)}`);
  }
}

/** @param {string} text @returns {string} it with a capital first letter and an end */
function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** @param {import("./types.js").AskAnswer} answer @returns {?string} */
function rowsNote(answer) {
  const here = answer.rows.length;
  if (answer.truncated) return `The first ${counted(here, "row")} of more: the result was cut at the limit.`;
  if (here < answer.row_count) return `The first ${counted(here, "row")} of ${counted(answer.row_count, "row")}.`;
  return null;
}
