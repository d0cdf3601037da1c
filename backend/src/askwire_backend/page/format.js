/** Decide how values of a result are shown and compared, by their PostgreSQL type. No access to the document. */

const INTEGERS = /^(small|big)?int(eger)?[248]?$|^(small|big)?serial$|^oid$/;
const DECIMALS = /^(numeric|decimal|real|double precision|float[48]?|money)/;
const NOT_QUANTITIES = /(^|_)(id|year|no|nr|number|code|zip|postcode|postal_code|phone)$|Id$/;
const MIDNIGHT = /^(\d{4,}-\d\d-\d\d)[T ]00:00(:00(\.0+)?)?(Z|[+-]00(:?00)?)?$/;
const MOST_DECIMALS = 4;
const SAMPLE_ROWS = 1000;
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/**
 * @param {string} type  as PostgreSQL names it, as in "numeric(10,2)" or "timestamp with time zone"
 * @returns {"integer"|"decimal"|"boolean"|"date"|"timestamp"|"json"|"text"}
 */
export function kindOf(type) {
  const name = String(type).trim().toLowerCase();
  if (INTEGERS.test(name)) return "integer";
  if (DECIMALS.test(name)) return "decimal";
  if (name === "bool" || name === "boolean") return "boolean";
  if (name === "date") return "date";
  if (name.startsWith("timestamp")) return "timestamp";
  if (name === "json" || name === "jsonb") return "json";
  return "text";
}

/** @param {*} value @returns {string} the value as it came, without any formatting */
export function plainText(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** @param {*} value */
function decimalsOf(value) {
  const match = /^-?\d+\.(\d+)$/.exec(String(value));
  return match ? match[1].length : 0;
}

/** @param {*} value */
function isFiniteNumber(value) {
  return typeof value === "number" ? Number.isFinite(value) : /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(String(value));
}

/**
 * Long numbers come as texts; Intl formats texts digit by digit, so nothing is rounded on the way.
 *
 * @param {number} decimals  shown for every value of the column, so that the points line up
 * @param {boolean} grouped
 */
function numberFormatter(decimals, grouped) {
  const format = new Intl.NumberFormat(undefined, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    useGrouping: grouped,
  });
  return (value) => (isFiniteNumber(value) ? format.format(value) : plainText(value));
}

/** @param {*} left @param {*} right */
function compareNumbers(left, right) {
  const difference = Number(left) - Number(right);
  if (difference) return difference;
  if (Number.isNaN(difference)) return Number.isNaN(Number(left)) - Number.isNaN(Number(right));
  return 0;
}

/**
 * @typedef {object} ColumnFormat
 * @property {string} kind
 * @property {boolean} numeric  aligned right, digits of equal width
 * @property {(value: *) => string} show
 * @property {(left: *, right: *) => number} compare  for values that are not null
 */

/**
 * Decide the format of one column from its type and a sample of its values.
 *
 * @param {import("./types.js").Column} column
 * @param {Array<*>} values
 * @returns {ColumnFormat}
 */
export function columnFormat(column, values) {
  const kind = kindOf(column.type);
  const sample = values.slice(0, SAMPLE_ROWS).filter((value) => value !== null && value !== undefined);
  if (kind === "integer" || kind === "decimal") {
    const decimals = kind === "integer" ? 0 : Math.min(MOST_DECIMALS, Math.max(0, ...sample.map(decimalsOf)));
    const show = numberFormatter(decimals, !NOT_QUANTITIES.test(column.name));
    return { kind, numeric: true, show, compare: compareNumbers };
  }
  const compare = (left, right) => collator.compare(plainText(left), plainText(right));
  if (kind === "timestamp") {
    const datesOnly = sample.every((value) => MIDNIGHT.test(String(value)));
    const show = (value) =>
      datesOnly
        ? String(value).slice(0, 10)
        : plainText(value)
            .replace("T", " ")
            .replace(/\.0+(?=$|Z|[+-])/, "");
    return { kind, numeric: false, show, compare };
  }
  if (kind === "boolean") return { kind, numeric: false, show: (value) => (value ? "yes" : "no"), compare };
  return { kind, numeric: false, show: plainText, compare };
}

/**
 * @param {?number} milliseconds
 * @returns {string} as in "42 ms", "1.3 s", "2 min"
 */
export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "–";
  if (milliseconds < 1) return "< 1 ms";
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = seconds / 60;
  if (minutes < 60) return `${Math.round(minutes)} min`;
  const hours = minutes / 60;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${new Intl.NumberFormat().format(count)} ${count === 1 ? one : many}`;
}

/** @param {string} name  a name from the schema or the protocol @returns {string} it in words */
export function inWords(name) {
  return String(name).replaceAll("_", " ");
}
