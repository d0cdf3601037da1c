/** Errors of a request, and what a person can do about each. */

/** The one way in which a request of this page fails. */
export class RequestError extends Error {
  /**
   * @param {string} code  of the protocol, or CANCELLED, CONNECTION_LOST, NO_CONNECTION from the page itself
   * @param {string} message  one sentence
   * @param {{retryable?: boolean, details?: object[]}} [more]
   */
  constructor(code, message, more = {}) {
    super(message);
    this.code = code;
    this.retryable = Boolean(more.retryable);
    this.details = more.details ?? [];
  }

  /**
   * @param {?import("./types.js").ErrorBody} body
   * @returns {RequestError}
   */
  static of(body) {
    const message = body?.message || "The request failed and no reason was given.";
    return new RequestError(body?.code || "INTERNAL", message, body ?? {});
  }
}

const AGAIN = "Ask again; if it stays so, look at the agents below.";
const ADVICE = {
  NO_AGENT: "An agent that is needed is not connected. The board below shows which; the backend keeps trying.",
  CONNECTION_LOST: "The connection broke before the answer came. Ask again.",
  NO_CONNECTION: "The page keeps trying. Is the backend running?",
  OVERLOADED: "Too many questions run at the moment. Wait a few seconds and ask again.",
  DRAINING: "The agent is restarting. Ask again in a moment.",
  DEADLINE_EXCEEDED: "It took longer than allowed. Narrow the question, for example to a period or a top ten.",
  FAILED_PRECONDITION: "Something is not ready yet, often just after the start. Ask again in a few seconds.",
  SQL_REJECTED: "Only single, read-only SELECT statements are run. Edit the SQL and run it again.",
  SQL_FAILED: "The database did not accept this SQL. Edit it and run it again, or word the question differently.",
  CHART_FAILED: "The rows are still right; choose another kind of chart.",
  TOO_LARGE: "Shorten the question or narrow it to fewer rows.",
  INVALID_ARGUMENT: "Change the question as the sentence above says.",
  UNAUTHENTICATED: "Ask again to enter the token; who runs this backend has it.",
  PERMISSION_DENIED: "The database user behind this page may not read that. Ask who runs it.",
  UPSTREAM: "Something behind the agent failed, often the database. Try again in a moment.",
  UNKNOWN_TYPE: "This backend does not offer that.",
  INTERNAL: "That is a defect. The log of the agent has the cause.",
};

/**
 * Say what to do about an error.
 *
 * @param {string} code
 * @returns {string}
 */
export function adviceFor(code) {
  return ADVICE[code] ?? AGAIN;
}

/**
 * Whether asking the same again can help.
 *
 * @param {RequestError} error
 * @returns {boolean}
 */
export function worthAnotherTry(error) {
  return (
    error.retryable ||
    ["CONNECTION_LOST", "NO_CONNECTION", "FAILED_PRECONDITION", "DEADLINE_EXCEEDED", "INTERNAL"].includes(error.code)
  );
}
