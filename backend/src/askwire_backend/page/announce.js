/** Tell people who cannot see the page what has changed, through its two live regions. */

import { byId } from "./dom.js";

/**
 * Say something when the reader is free.
 *
 * @param {string} text
 */
export function announce(text) {
  byId("status-region").textContent = text;
}

/**
 * Say something at once; for errors.
 *
 * @param {string} text
 */
export function alertNow(text) {
  byId("alert-region").textContent = text;
}
