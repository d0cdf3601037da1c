/** Give a chart the page's colours, light or dark, by changing a copy of its JSON. No access to the document. */

/** @typedef {{text: string, muted: string, line: string, surface: string}} Colours */

/**
 * @param {*} item  Bokeh's JSON; it is left as it is
 * @param {Colours} colours
 * @returns {*} a copy with other colours, as wide as its place, and without the tool bar, which has no names for keyboards
 */
export function themed(item, colours) {
  return copy(item, attributesByModel(colours));
}

/** @param {Colours} colours */
function attributesByModel({ text, muted, line, surface }) {
  const figure = {
    background_fill_color: null,
    border_fill_color: null,
    outline_line_color: null,
    sizing_mode: "stretch_width",
    toolbar_location: null,
  };
  const axis = {
    axis_label_text_color: muted,
    major_label_text_color: muted,
    axis_line_color: line,
    major_tick_line_color: line,
    minor_tick_line_color: null,
  };
  const legend = {
    label_text_color: text,
    title_text_color: muted,
    background_fill_color: surface,
    border_line_color: null,
  };
  return (name) => {
    if (name === "Figure" || name === "Plot") return figure;
    if (name.endsWith("Axis")) return axis;
    if (name === "Grid") return { grid_line_color: line };
    if (name === "Legend") return legend;
    if (name === "Title") return { text_color: text };
    if (name === "Text" || name === "LabelSet") return { text_color: { type: "value", value: text } };
    return null;
  };
}

/**
 * Copy only the way to what changes; data, the bulk of an item, is shared with the original.
 *
 * @param {*} node
 * @param {(name: string) => ?object} attributesOf
 */
function copy(node, attributesOf) {
  if (Array.isArray(node)) {
    return node.length && typeof node[0] === "object" ? node.map((part) => copy(part, attributesOf)) : node;
  }
  if (node === null || typeof node !== "object" || node.type === "ndarray" || node.type === "map") return node;
  const copied = {};
  for (const [key, value] of Object.entries(node)) copied[key] = copy(value, attributesOf);
  if (node.type === "object" && typeof node.name === "string") {
    const changes = attributesOf(node.name);
    if (changes) copied.attributes = { ...copied.attributes, ...changes };
  }
  return copied;
}
