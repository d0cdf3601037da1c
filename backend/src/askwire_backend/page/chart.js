/** Show the chart of an answer, its reason and its alternatives; or one big number; or why there is none. */

import { announce } from "./announce.js";
import { button, card, element } from "./dom.js";
import { columnFormat, counted, inWords } from "./format.js";
import { postChart } from "./http.js";

const MOST_NUMBERS = 4;

/** The chart of one answer. */
export class ChartView {
  /**
   * @param {import("./types.js").AskAnswer} answer
   * @param {(chart: import("./types.js").Chart) => void} onChange  called when another chart was chosen
   */
  constructor(answer, onChange) {
    this.answer = answer;
    this.chart = answer.chart;
    this.onChange = onChange;
    this.original = answer.chart?.chart_type;
    this.drawing = null;
    this.place = element("div", { id: "chart", class: "chart-place" });
    this.caption = element("figcaption");
    this.note = element("p", { class: "note", role: "status" });
    this.choices = element("div", { class: "chart-choices", role: "group", "aria-label": "Kind of chart" });
    const figure = element("figure", { class: "chart-figure" }, this.place, this.caption);
    this.element = card("chart", "Chart", [this.choices], figure, this.note);
    this.darkMode = matchMedia("(prefers-color-scheme: dark)");
    this.redraw = () => this.show();
    this.darkMode.addEventListener("change", this.redraw);
  }

  /** Draw what is there now; the element must be in the document. */
  async show() {
    const { chart } = this;
    this.offer();
    this.note.textContent = "";
    this.caption.textContent = chart.reason;
    if (chart.points_total > chart.points_shown) {
      this.note.textContent = `Showing ${counted(chart.points_shown, "point")} of ${counted(chart.points_total, "point")}.`;
    }
    this.place.removeAttribute("role");
    this.place.removeAttribute("aria-label");
    this.erase();
    if (chart.item) await this.drawItem(chart);
    else if (chart.chart_type === "number") this.showNumbers();
  }

  async drawItem(chart) {
    this.place.setAttribute("role", "img");
    this.place.setAttribute("aria-label", chart.text || chart.reason);
    try {
      this.drawing ??= await import("./drawing.js");
      await this.drawing.drawItem(chart.item, this.place, (reset) => this.zoomed(reset));
    } catch (cause) {
      this.erase();
      this.note.textContent = `The chart cannot be drawn: ${cause.message}. The table has the same rows.`;
    }
  }

  /** The tool bar is not shown, so the way back from a zoom is a button here. */
  zoomed(reset) {
    if (this.choices.querySelector(".zoom-reset")) return;
    const undo = button(
      "Reset zoom",
      () => {
        reset();
        undo.remove();
      },
      { class: "segment zoom-reset" },
    );
    this.choices.prepend(undo);
  }

  showNumbers() {
    const { columns, rows } = this.answer;
    const values = rows[0] ?? [];
    const shown = columns.map((column, at) => ({
      column,
      format: columnFormat(column, [values[at]]),
      value: values[at],
    }));
    const numbers = shown.filter(({ format }) => format.numeric).slice(0, MOST_NUMBERS);
    const list = (numbers.length ? numbers : shown.slice(0, 1)).map(({ column, format, value }) => {
      const text = value === null || value === undefined ? "no value" : format.show(value);
      return element("div", { class: "big-number" }, element("dt", {}, inWords(column.name)), element("dd", {}, text));
    });
    this.place.replaceChildren(element("dl", { class: "big-numbers" }, ...list));
  }

  offer() {
    const kinds = [...new Set([this.original, this.chart.chart_type, ...this.answer.chart.alternatives])];
    const wanted = kinds.filter((kind) => kind && kind !== "table");
    const buttons = wanted.length < 2 ? [] : wanted.map((kind) => this.choice(kind));
    this.choices.replaceChildren(...buttons);
  }

  choice(kind) {
    const pressed = kind === this.chart.chart_type ? "true" : "false";
    return button(inWords(kind), () => this.change(kind), { class: "segment", "aria-pressed": pressed });
  }

  /** @param {string} kind */
  async change(kind) {
    if (kind === this.chart.chart_type) return;
    const { columns, rows, question, truncated } = this.answer;
    this.element.setAttribute("aria-busy", "true");
    try {
      this.chart = await postChart({ columns, rows, chart_type: kind, question, truncated });
      await this.show();
      this.onChange(this.chart);
      announce(`Chart changed: ${this.chart.text || this.chart.reason}`);
      this.choices.querySelector('[aria-pressed="true"]')?.focus();
    } catch (failure) {
      this.note.textContent = failure.message;
    } finally {
      this.element.removeAttribute("aria-busy");
    }
  }

  /** Free what the chart holds. */
  destroy() {
    this.darkMode.removeEventListener("change", this.redraw);
    this.erase();
  }

  erase() {
    if (this.drawing) this.drawing.clear(this.place);
    else this.place.replaceChildren();
  }
}
