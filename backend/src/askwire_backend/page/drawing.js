/** Draw an item in the page's colours; loaded, as all it needs, when the first chart comes. */

import { clear, draw } from "./bokeh.js";
import { themed } from "./chart_theme.js";

export { clear };

/**
 * @param {object} item  Bokeh's JSON
 * @param {HTMLElement} place
 * @param {(reset: () => void) => void} onZoom  called when a person has zoomed, with what undoes it
 */
export async function drawItem(item, place, onZoom) {
  await draw(themed(item, coloursNow()), place);
  // Bokeh makes some of its layers focusable without a name; the picture as a whole is what has one.
  for (const layer of deepFocusable(place)) layer.setAttribute("tabindex", "-1");
  for (const { model } of globalThis.Bokeh?.index ?? []) {
    model.on_event?.("rangesupdate", () => onZoom(() => model.reset?.emit()));
  }
}

/** @returns {import("./chart_theme.js").Colours} */
function coloursNow() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return { text: read("--text"), muted: read("--muted"), line: read("--line"), surface: read("--surface") };
}

/** @param {Element} root @returns {Element[]} focusable elements under it, also inside shadow roots */
function deepFocusable(root) {
  const found = [];
  for (const inner of (root.shadowRoot ?? root).querySelectorAll("*")) {
    if (inner.getAttribute("tabindex") === "0") found.push(inner);
    if (inner.shadowRoot) found.push(...deepFocusable(inner));
  }
  return found;
}
