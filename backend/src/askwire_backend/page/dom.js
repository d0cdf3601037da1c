/**
 * Build elements. Whatever comes from outside reaches the document here, and only as text nodes and harmless attributes.
 */

const REFUSED_ATTRIBUTES = /^(on|href$|src$|srcdoc$|style$|action$|formaction$|xlink:)/i;

/**
 * Make one element.
 *
 * @param {string} tag
 * @param {Object<string, string|number|boolean|null|undefined>} [attributes]  true is an attribute without a value;
 *     false, null and undefined leave it out. Attributes that can run code or load something are a mistake here.
 * @param {...(Node|string|number|null|undefined)} children  texts become text nodes
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (REFUSED_ATTRIBUTES.test(name)) throw new TypeError(`attribute ${name} is not set from data`);
    if (value === false || value === null || value === undefined) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  append(made, children);
  return made;
}

/**
 * Add children, texts as text nodes.
 *
 * @param {Node} parent
 * @param {Array<Node|string|number|null|undefined>} children
 */
export function append(parent, children) {
  for (const child of children) {
    if (child === null || child === undefined) continue;
    parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * Make a button that does something; never a submit button.
 *
 * @param {string} label
 * @param {() => void} action
 * @param {Object<string, string|boolean|null>} [attributes]
 * @returns {HTMLButtonElement}
 */
export function button(label, action, attributes = {}) {
  const made = /** @type {HTMLButtonElement} */ (element("button", { type: "button", ...attributes }, label));
  made.addEventListener("click", action);
  return made;
}

/**
 * Find an element of index.html; a missing one is a defect of the page.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

/**
 * Make a card: a labelled section with a heading and, at its right, actions.
 *
 * @param {string} name  used for the id of the heading and as a class
 * @param {string} title
 * @param {Array<Node|null>} actions
 * @param {...(Node|string|null)} content
 * @returns {HTMLElement}
 */
export function card(name, title, actions, ...content) {
  const headingId = `${name}-title`;
  const head = element("div", { class: "card-head" }, element("h3", { id: headingId }, title));
  const shown = actions.filter(Boolean);
  if (shown.length) head.appendChild(element("div", { class: "card-actions" }, ...shown));
  return element("section", { class: `card ${name}-card`, "aria-labelledby": headingId }, head, ...content);
}
