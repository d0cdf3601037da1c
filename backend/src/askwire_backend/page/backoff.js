/** Decide how long to wait before connecting again. */

export const FIRST_DELAY_MS = 500;
export const LONGEST_DELAY_MS = 20_000;

/**
 * Draw a delay with full jitter, so that many pages do not come back at the same moment.
 *
 * @param {number} attempt  failures since the last useful connection, from 0
 * @param {number} random  uniform in [0, 1)
 * @returns {number} milliseconds
 */
export function reconnectDelayMs(attempt, random) {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16));
  return Math.round(random * ceiling);
}
