/** Show how the question was understood: its words marked, what each became, what was assumed. */

import { card, element } from "./dom.js";
import { segments } from "./words.js";

/**
 * Make the question with some of its phrases marked.
 *
 * @param {string} question
 * @param {string[]} phrases
 * @param {string} name  class of the marks: "understood" or "unknown"
 * @param {string[]} [titles]  one for each phrase
 * @returns {HTMLElement}
 */
export function markedQuestion(question, phrases, name, titles = []) {
  const pieces = segments(question, phrases).map(({ text, mark }) =>
    mark === null ? document.createTextNode(text) : element("mark", { class: name, title: titles[mark] }, text),
  );
  return element("h2", { class: "asked", id: "answer-title", dir: "auto", tabindex: -1 }, ...pieces);
}

/**
 * Make the card that explains the reading.
 *
 * @param {import("./types.js").AskAnswer} answer
 * @returns {?HTMLElement} null where there is nothing to explain
 */
export function readingCard(answer) {
  const { explanation, assumptions } = answer;
  if (!explanation.length && !assumptions.length) return null;
  const chips = element("ul", { class: "readings" }, ...explanation.map(reading));
  const assumed = assumptions.length
    ? element(
        "div",
        { class: "assumptions" },
        element("h4", {}, "Assumed"),
        element("ul", {}, ...assumptions.map((text) => element("li", {}, text))),
      )
    : null;
  return card("reading", "How it was read", [confidence(answer.confidence)], chips, assumed);
}

/** @param {import("./types.js").Explained} entry */
function reading({ words, meaning, evidence }) {
  const parts = [
    element("span", { class: "words", dir: "auto" }, words),
    element("span", { class: "arrow", "aria-hidden": "true" }, "→"),
    element("span", { class: "visually-hidden" }, " means "),
    element("span", { class: "meaning", dir: "auto" }, meaning),
  ];
  if (!evidence) return element("li", { class: "reading" }, ...parts);
  const summary = element("summary", { title: evidence }, element("span", {}, ...parts));
  return element(
    "li",
    { class: "reading" },
    element("details", {}, summary, element("p", { class: "evidence", dir: "auto" }, evidence)),
  );
}

/** @param {number} share */
function confidence(share) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  if (!percent) return null;
  const level = percent >= 80 ? "high" : percent >= 50 ? "medium" : "low";
  const bar = element("span", { class: "meter-fill" });
  bar.style.width = `${percent}%`;
  const meter = element("span", { class: `meter ${level}`, "aria-hidden": "true" }, bar);
  return element("span", { class: "confidence", title: "How sure the reading is" }, meter, `${percent} % sure`);
}
