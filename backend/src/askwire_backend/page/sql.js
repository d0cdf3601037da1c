/** Show the SQL with its words coloured, copy it, and let a person edit and run it. */

import { announce } from "./announce.js";
import { button, card, element } from "./dom.js";

const TOKEN =
  /(--[^\n]*|\/\*[\s\S]*?\*\/)|('(?:[^']|'')*')|("(?:[^"]|"")*")|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][A-Za-z0-9_]*)/g;
const KEYWORDS = new Set(
  (
    "select from where group by having order limit offset join left right full inner outer cross lateral on using as and or not " +
    "in is null like ilike between exists case when then else end distinct union all intersect except with recursive values " +
    "asc desc nulls first last over partition filter within interval true false cast date timestamp fetch next rows only"
  ).split(" "),
);
const LONGEST_COLOURED = 20_000;

/**
 * Cut SQL into pieces with a class for each; pure.
 *
 * @param {string} sql
 * @returns {{text: string, name: ?string}[]} their texts joined are the SQL
 */
export function tokens(sql) {
  if (sql.length > LONGEST_COLOURED) return [{ text: sql, name: null }];
  const found = [];
  let end = 0;
  for (const match of sql.matchAll(TOKEN)) {
    if (match.index > end) found.push({ text: sql.slice(end, match.index), name: null });
    const [text, comment, string, quoted, number, word] = match;
    const name = comment
      ? "comment"
      : string
        ? "string"
        : quoted
          ? null
          : number
            ? "number"
            : KEYWORDS.has(word.toLowerCase())
              ? "keyword"
              : null;
    found.push({ text, name });
    end = match.index + text.length;
  }
  if (end < sql.length) found.push({ text: sql.slice(end), name: null });
  return found;
}

/**
 * Make the card with the SQL.
 *
 * @param {string} sql
 * @param {(sql: string) => void} run  called with the edited SQL
 * @returns {HTMLElement}
 */
export function sqlCard(sql, run) {
  const code = element("code", { tabindex: 0, "aria-label": "SQL of this answer" }, ...coloured(sql));
  const shown = element("pre", { class: "sql" }, code);
  const holder = element("div", {}, shown);
  const copy = button("Copy", () => copyText(sql, copy), { class: "quiet" });
  const edit = button("Edit", () => holder.replaceChildren(editor()), { class: "quiet" });

  function editor() {
    const label = element("label", { class: "visually-hidden", for: "sql-editor" }, "SQL to run");
    const rows = Math.min(18, Math.max(5, sql.split("\n").length + 1));
    const box = element("textarea", { id: "sql-editor", class: "sql-editor", spellcheck: "false", rows });
    box.value = sql;
    const close = () => (holder.replaceChildren(shown), edit.focus());
    const go = () => box.value.trim() && run(box.value);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) go();
      if (event.key === "Escape") {
        event.stopPropagation();
        close();
      }
    });
    const actions = element(
      "div",
      { class: "editor-actions" },
      button("Run SQL", go, { class: "primary small" }),
      button("Close", close, { class: "quiet" }),
    );
    requestAnimationFrame(() => box.focus());
    return element(
      "div",
      {},
      label,
      box,
      actions,
      element("p", { class: "hint" }, "Ctrl+Enter runs it. Only read-only statements are run."),
    );
  }
  return card("sql", "SQL", [copy, edit], holder);
}

/** @param {string} sql @returns {Node[]} */
export function coloured(sql) {
  return tokens(sql).map(({ text, name }) =>
    name ? element("span", { class: `sql-${name}` }, text) : document.createTextNode(text),
  );
}

async function copyText(text, copy) {
  try {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
    announce("SQL copied.");
  } catch {
    // Without a secure origin browsers do not let pages write to the clipboard.
    copy.textContent = "Select and copy by hand";
    getSelection()?.selectAllChildren(copy.closest("section").querySelector("code"));
  }
  setTimeout(() => (copy.textContent = "Copy"), 2_000);
}
