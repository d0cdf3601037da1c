/** Remember the questions that were asked in this browser. */

const KEY = "askwire.questions";
const MOST_QUESTIONS = 30;
const LONGEST_QUESTION = 500;

/** @returns {string[]} newest first; empty where the browser keeps nothing */
export function rememberedQuestions() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((entry) => typeof entry === "string").slice(0, MOST_QUESTIONS) : [];
  } catch {
    // Storage can be forbidden or hold something foreign; the page works without it.
    return [];
  }
}

/** @param {string} question */
export function rememberQuestion(question) {
  if (question.length > LONGEST_QUESTION) return;
  const others = rememberedQuestions().filter((entry) => entry !== question);
  store([question, ...others].slice(0, MOST_QUESTIONS));
}

/** Forget all of them. */
export function forgetQuestions() {
  store([]);
}

/** @param {string[]} questions */
function store(questions) {
  try {
    localStorage.setItem(KEY, JSON.stringify(questions));
  } catch {
    // As above: a full or forbidden storage costs the history only.
  }
}
