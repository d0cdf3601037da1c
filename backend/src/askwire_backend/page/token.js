/** Ask the person for the mesh's token; loaded only where a backend wants one. */

import { button, element } from "./dom.js";

const WHY = "Who runs this backend has it; `askwire up` keeps it in the file token of its state folder.";

/**
 * Show the dialog and wait for the person.
 *
 * @param {boolean} refused  whether the last one was not accepted
 * @returns {Promise<string>} the token; empty where the person closed the dialog
 */
export function askForToken(refused) {
  const refusal = { id: "token-refused", class: "bad", role: "alert" };
  const note = refused ? element("p", refusal, "That token was not accepted.") : null;
  const input = element("input", {
    id: "token",
    type: "password",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": `token-hint${refused ? " token-refused" : ""}`,
    "aria-invalid": refused ? "true" : null,
  });
  const dialog = element("dialog", { class: "token-dialog", "aria-labelledby": "token-title" });
  let end = (_token) => {};
  const form = element(
    "form",
    { autocomplete: "off" },
    element("h2", { id: "token-title" }, "This backend wants a token"),
    note,
    element("label", { for: "token" }, "Token of the mesh"),
    input,
    element("p", { id: "token-hint", class: "hint" }, `${WHY} It is kept until this tab is closed.`),
    element(
      "div",
      { class: "token-actions" },
      button("Not now", () => end(""), { class: "quiet" }),
      element("button", { type: "submit", class: "primary" }, "Connect"),
    ),
  );
  dialog.append(form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    end = (token) => {
      dialog.close();
      dialog.remove();
      resolve(token);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) end(input.value.trim());
    });
    // Escape closes it without asking.
    dialog.addEventListener("close", () => end(""));
    dialog.showModal();
  });
}
