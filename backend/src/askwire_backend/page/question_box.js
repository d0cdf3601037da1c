/** The box for the question: Enter asks, Esc cancels, the arrow keys bring back earlier questions. */

import { button, byId, element } from "./dom.js";
import { forgetQuestions, rememberedQuestions } from "./history.js";

const PATTERNS = ["How many … per month?", "Top 10 … by …", "Average … for each …", "… that have no …"];
const MOST_RECENT = 5;

/** The form at the top of the page. */
export class QuestionBox {
  /** @param {{ask: (question: string) => void, cancel: () => void, startAnew: () => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.form = byId("ask-form");
    this.box = /** @type {HTMLTextAreaElement} */ (byId("question"));
    this.submit = byId("ask-button");
    this.recalled = -1;
    this.busy = false;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.go();
    });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("input", () => {
      this.recalled = -1;
      this.fit();
    });
    document.addEventListener("keydown", (event) => this.pageKey(event));
    byId("start-anew").addEventListener("click", () => {
      actions.startAnew();
      this.box.focus();
    });
    this.showPatterns();
    this.showRecent();
  }

  /** Ask what is in the box, or cancel what runs. */
  go() {
    const question = this.box.value.trim();
    if (this.busy) this.actions.cancel();
    else if (question) this.actions.ask(question);
    else this.box.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      const question = this.box.value.trim();
      if (question) this.actions.ask(question);
    } else if (event.key === "ArrowUp" && (this.box.value === "" || this.recalled >= 0)) {
      this.recall(event, this.recalled + 1);
    } else if (event.key === "ArrowDown" && this.recalled >= 0) {
      this.recall(event, this.recalled - 1);
    }
  }

  /** @param {KeyboardEvent} event */
  pageKey(event) {
    if (event.key === "Escape" && this.busy) {
      this.actions.cancel();
    } else if (event.key === "/" && !event.target.closest?.("input, textarea, [contenteditable]")) {
      event.preventDefault();
      this.box.focus();
      this.box.select();
    }
  }

  recall(event, at) {
    const questions = rememberedQuestions();
    if (at >= questions.length) return;
    event.preventDefault();
    this.set(at < 0 ? "" : questions[at]);
    this.recalled = at;
  }

  /** @param {string} question */
  set(question) {
    this.box.value = question;
    this.recalled = -1;
    this.fit();
  }

  /** Make the box as high as its text. */
  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.busy = busy;
    this.submit.textContent = busy ? "Cancel" : "Ask";
    this.submit.classList.toggle("cancelling", busy);
    byId("answer").setAttribute("aria-busy", String(busy));
  }

  /** @param {?string} question  the one that the next would continue */
  showFollows(question) {
    byId("follows").hidden = question === null;
    byId("follows-question").textContent = question ?? "";
  }

  showPatterns() {
    const items = PATTERNS.map((pattern) =>
      element(
        "li",
        {},
        button(pattern, () => this.usePattern(pattern), { class: "chip" }),
      ),
    );
    byId("patterns").replaceChildren(...items);
  }

  /** Put a pattern into the box with its first gap selected. */
  usePattern(pattern) {
    this.set(pattern);
    this.box.focus();
    const gap = pattern.indexOf("…");
    this.box.setSelectionRange(gap, gap + 1);
  }

  showRecent() {
    const others = rememberedQuestions().filter((question) => question !== this.box.value);
    const questions = others.slice(0, MOST_RECENT);
    const items = questions.map((question) =>
      element(
        "li",
        {},
        button(question, () => this.askAgain(question), { class: "chip", dir: "auto", title: question }),
      ),
    );
    const forget = button("Clear", () => this.forget(), { class: "quiet", "aria-label": "Clear recent questions" });
    byId("recent").replaceChildren(...items, ...(items.length ? [element("li", {}, forget)] : []));
    byId("recent-part").hidden = !items.length;
  }

  forget() {
    forgetQuestions();
    this.showRecent();
    this.box.focus();
  }

  askAgain(question) {
    this.set(question);
    this.actions.ask(question);
  }
}
