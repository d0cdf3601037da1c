/** Offer the answer as files, in the formats that the viz agents say they make. */

import { announce } from "./announce.js";
import { button, element } from "./dom.js";
import { postExport } from "./http.js";

const ORDER = ["csv", "png", "svg", "html"];
const NAMES = { csv: "rows as CSV", png: "chart as PNG", svg: "chart as SVG", html: "chart as HTML" };
const LONGEST_NAME = 60;

/**
 * @param {string} question
 * @param {string} format
 * @returns {string} a file name of harmless characters
 */
export function fileName(question, format) {
  const words = question
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `${words.slice(0, LONGEST_NAME).replace(/-+$/, "") || "answer"}.${format}`;
}

/**
 * Make the row of download buttons.
 *
 * @param {import("./types.js").AskAnswer} answer
 * @param {?import("./types.js").Chart} chart  the one that is shown
 * @param {string[]} formats  advertised
 * @returns {?HTMLElement} null where nothing can be downloaded
 */
export function downloadBar(answer, chart, formats) {
  const possible = ORDER.filter((format) => formats.includes(format) && (format === "csv" || chart?.item));
  if (!possible.length || !answer.rows.length) return null;
  const problem = element("span", { class: "note", role: "status" });
  const buttons = possible.map((format) => {
    const made = button(format.toUpperCase(), () => download(made, format), {
      class: "quiet",
      "aria-label": `Download ${NAMES[format]}`,
      title: `Download ${NAMES[format]}`,
    });
    return made;
  });

  async function download(pressed, format) {
    problem.textContent = "";
    pressed.disabled = true;
    try {
      save(await postExport(requestFor(answer, chart, format)), fileName(answer.question, format));
      announce(`${format.toUpperCase()} saved.`);
    } catch (failure) {
      problem.textContent = failure.message;
    } finally {
      pressed.disabled = false;
    }
  }
  return element("div", { class: "downloads" }, element("span", { class: "hint" }, "Download"), ...buttons, problem);
}

function requestFor(answer, chart, format) {
  const { columns, rows, question } = answer;
  return format === "csv" ? { format, columns, rows, question } : { format, item: chart.item, question };
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
