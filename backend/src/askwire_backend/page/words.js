/** Find words in the question, so that they can be marked. No access to the document. */

/**
 * @typedef {{text: string, mark: ?number}} Segment  mark is the index of the phrase, null for the rest
 */

/**
 * Cut the question into marked and unmarked pieces. Each phrase is marked at its first free place; a phrase that
 * does not occur as it stands ("sold 2024") is tried word by word.
 *
 * @param {string} question
 * @param {string[]} phrases
 * @returns {Segment[]} their texts joined are the question
 */
export function segments(question, phrases) {
  const taken = new Array(question.length).fill(null);
  const order = phrases.map((_, index) => index).sort((left, right) => phrases[right].length - phrases[left].length);
  for (const index of order) {
    if (!claim(question, taken, phrases[index], index)) {
      for (const word of phrases[index].split(/\s+/)) claim(question, taken, word, index);
    }
  }
  return runs(question, taken);
}

/**
 * @param {string} question
 * @param {Array<?number>} taken
 * @param {string} phrase
 * @param {number} index
 * @returns {boolean}
 */
function claim(question, taken, phrase, index) {
  if (!phrase) return false;
  const haystack = question.toLowerCase();
  const needle = phrase.toLowerCase();
  // Lower case can change the length of a text ("İ"); then places would not agree, and nothing is marked.
  if (haystack.length !== question.length) return false;
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    const end = at + needle.length;
    const whole = !isWordPart(haystack[at - 1]) && !isWordPart(haystack[end]);
    if (whole && taken.slice(at, end).every((mark) => mark === null)) {
      taken.fill(index, at, end);
      return true;
    }
  }
  return false;
}

/** @param {string|undefined} character */
function isWordPart(character) {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}

/** @param {string} question @param {Array<?number>} taken @returns {Segment[]} */
function runs(question, taken) {
  const found = [];
  for (let at = 0; at < question.length;) {
    let end = at + 1;
    while (end < question.length && taken[end] === taken[at]) end += 1;
    found.push({ text: question.slice(at, end), mark: taken[at] });
    at = end;
  }
  return found;
}
