/** Show rows: sorted by a click, typed, and only those in view are in the document, so that 10,000 stay fast. */

import { announce } from "./announce.js";
import { button, element } from "./dom.js";
import { columnFormat, plainText } from "./format.js";

const ROW_REM = 2.125;
const EXTRA_ROWS = 12;
const NARROWEST_CH = 7;
const WIDEST_CH = 44;
const LONGEST_TITLE = 1000;
const SORT_WORDS = { ascending: "ascending", descending: "descending", none: "in the original order" };

/** A table of one result. */
export class ResultTable {
  /**
   * @param {import("./types.js").Column[]} columns
   * @param {Array<Array<*>>} rows
   * @param {string} label  its name for people who cannot see it
   */
  constructor(columns, rows, label) {
    this.columns = columns;
    this.rows = rows;
    this.formats = columns.map((column, at) =>
      columnFormat(
        column,
        rows.slice(0, 1000).map((row) => row[at]),
      ),
    );
    this.order = rows.map((_, index) => index);
    this.sorted = { at: -1, direction: "none" };
    this.shown = { from: -1, to: -1 };
    this.rowHeight = ROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.build(label);
  }

  build(label) {
    this.body = element("tbody");
    this.headers = this.columns.map((column, at) => this.header(column, at));
    const widths = this.columns.map((column, at) => this.widthCh(column, at));
    const columnGroup = element("colgroup", {}, ...widths.map((width) => columnOf(width)));
    const head = element("thead", {}, element("tr", { "aria-rowindex": 1 }, ...this.headers));
    const table = element("table", { "aria-rowcount": this.rows.length + 1 }, columnGroup, head, this.body);
    table.prepend(element("caption", { class: "visually-hidden" }, label));
    table.style.minWidth = `${widths.reduce((sum, width) => sum + width, 0)}ch`;
    table.style.setProperty("--row-height", `${this.rowHeight}px`);
    this.element = element("div", { class: "table-scroll", role: "region", tabindex: 0, "aria-label": label }, table);
    this.element.addEventListener("scroll", () => this.plan(), { passive: true });
    this.observer = new ResizeObserver(() => this.plan());
    this.observer.observe(this.element);
    this.render();
  }

  header(column, at) {
    const sort = button("", () => this.sortBy(at), { class: "sort" });
    sort.append(
      element("span", { class: "column-name" }, column.name),
      element("span", { class: "sort-mark", "aria-hidden": "true" }),
    );
    const numeric = this.formats[at].numeric ? "numeric" : null;
    return element(
      "th",
      { scope: "col", class: numeric, "aria-sort": "none", title: `${column.name} · ${column.type}` },
      sort,
    );
  }

  /** Widths come from a sample, so that columns do not jump while scrolling. */
  widthCh(column, at) {
    let longest = column.name.length + 7;
    for (const row of this.rows.slice(0, 300)) {
      const value = row[at];
      if (value !== null && value !== undefined) longest = Math.max(longest, this.formats[at].show(value).length + 4);
    }
    return Math.min(WIDEST_CH, Math.max(NARROWEST_CH, longest));
  }

  /** @param {number} at  index of the column: ascending, then descending, then as it came */
  sortBy(at) {
    const next =
      this.sorted.at !== at
        ? "ascending"
        : { ascending: "descending", descending: "none", none: "ascending" }[this.sorted.direction];
    this.sorted = { at, direction: next };
    this.order = this.rows.map((_, index) => index);
    if (next !== "none") this.order.sort(this.comparison(at, next === "ascending" ? 1 : -1));
    this.headers.forEach((header, index) => header.setAttribute("aria-sort", index === at ? next : "none"));
    this.element.scrollTop = 0;
    this.shown = { from: -1, to: -1 };
    this.render();
    announce(`Sorted by ${this.columns[at].name}, ${SORT_WORDS[next]}.`);
  }

  comparison(at, sign) {
    const { compare } = this.formats[at];
    return (left, right) => {
      const first = this.rows[left][at];
      const second = this.rows[right][at];
      const missing = Number(first === null || first === undefined) - Number(second === null || second === undefined);
      if (missing || first === null || first === undefined) return missing || left - right;
      return sign * compare(first, second) || left - right;
    };
  }

  plan() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.render();
    });
  }

  /** Put the rows in view, and a few more, into the document; two empty rows stand for all others. */
  render() {
    const viewport = this.element.clientHeight || 600;
    const first = Math.floor(this.element.scrollTop / this.rowHeight);
    const from = Math.max(0, first - EXTRA_ROWS);
    const to = Math.min(this.rows.length, first + Math.ceil(viewport / this.rowHeight) + EXTRA_ROWS);
    if (from === this.shown.from && to === this.shown.to) return;
    this.shown = { from, to };
    const visible = [];
    for (let place = from; place < to; place += 1) visible.push(this.row(place));
    this.body.replaceChildren(this.spacer(from), ...visible, this.spacer(this.rows.length - to));
  }

  row(place) {
    const values = this.rows[this.order[place]];
    const cells = this.formats.map((format, at) => this.cell(format, values[at]));
    return element("tr", { "aria-rowindex": place + 2, class: place % 2 ? "odd" : null }, ...cells);
  }

  cell(format, value) {
    if (value === null || value === undefined) {
      return element("td", { class: format.numeric ? "numeric missing" : "missing", title: "no value (NULL)" }, "–");
    }
    const text = format.show(value);
    const whole = plainText(value).slice(0, LONGEST_TITLE);
    const title = text.length > 24 || whole !== text ? whole : null;
    return element(
      "td",
      { class: format.numeric ? "numeric" : null, title, dir: format.numeric ? null : "auto" },
      text,
    );
  }

  spacer(count) {
    const empty = element("tr", { class: "spacer", "aria-hidden": "true" });
    empty.style.height = `${count * this.rowHeight}px`;
    return empty;
  }

  /** Let go of what outlives the element. */
  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }
}

function columnOf(widthCh) {
  const made = element("col");
  made.style.width = `${widthCh}ch`;
  return made;
}
