/**
 * Name the shapes that travel between the page and the backend; types only, nothing here runs.
 *
 * @typedef {{name: string, type: string}} Column
 * @typedef {{words: string, meaning: string, evidence: string}} Explained
 * @typedef {{id: string, label: string, sql: string}} Choice
 * @typedef {{total_ms: number, nlp_ms: ?number, sql_ms: ?number, chart_ms: ?number}} Timings
 * @typedef {{stage: string, progress?: number, message?: string}} Progress
 *
 * @typedef {object} Chart
 * @property {string} chart_type
 * @property {string} reason
 * @property {?object} item  Bokeh's JSON; null for a number, a table and no rows
 * @property {string[]} alternatives
 * @property {string} text  what the chart shows, in words
 * @property {number} points_shown
 * @property {number} points_total
 *
 * @typedef {object} Ask
 * @property {string} question
 * @property {*} [context]  the opaque state of the last answer
 * @property {{id: string}[]} [answers]
 *
 * @typedef {object} AskAnswer
 * @property {string} question
 * @property {"answered"|"input_required"|"refused"} outcome
 * @property {Timings} timings
 * @property {?string} sql
 * @property {Explained[]} explanation
 * @property {string[]} assumptions
 * @property {number} confidence  0 to 1
 * @property {Choice[]} choices
 * @property {string[]} not_understood
 * @property {?string} reason
 * @property {Column[]} columns
 * @property {Array<Array<*>>} rows
 * @property {number} row_count
 * @property {boolean} truncated
 * @property {?Chart} chart
 * @property {?string} chart_error
 * @property {*} context
 *
 * @typedef {object} AgentStatus
 * @property {string} agent
 * @property {string} agent_type
 * @property {string} url
 * @property {string} transport
 * @property {"connecting"|"responding"|"suspect"|"lost"} state
 * @property {?string} version
 * @property {string[]} formats
 * @property {?number} last_heartbeat_age_s
 * @property {?number} rtt_ms
 * @property {number} missed
 * @property {number} in_flight
 * @property {?number} since_s
 * @property {?string} problem
 * @property {?string} last_error
 *
 * @typedef {{agents: AgentStatus[], ready: boolean, catalog_version: ?string, catalog_tables: ?number}} AgentTable
 *
 * @typedef {{message: string, code?: string, retryable?: boolean, details?: object[]}} ErrorBody
 */
export {};
