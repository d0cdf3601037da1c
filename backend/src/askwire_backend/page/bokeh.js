/**
 * Load BokehJS when the first chart comes, draw items with it, and take everything down again.
 *
 * BokehJS 3.9 adds a listener to window.visualViewport for each plot and never removes it, which keeps every old chart
 * in memory; they are noted while a chart is drawn and removed with it. To be dropped when the oldest BokehJS is 3.10.
 */

const LIBRARY = "/chart-library.js";
/** @type {Array<[string, EventListenerOrEventListenerObject, *]>} */
let viewportListeners = [];
let loading = null;
let latest = 0;

/**
 * Draw one item; there is one chart on the page at a time.
 *
 * @param {{version: string}} item
 * @param {HTMLElement} holder  in the document
 * @returns {Promise<void>}
 */
export async function draw(item, holder) {
  latest += 1;
  const turn = latest;
  await libraryFor(item.version);
  // While the library was loaded, a newer chart may have been asked for.
  if (turn !== latest || !holder.isConnected) return;
  clear(holder);
  const views = await globalThis.Bokeh.embed.embed_item(item, holder);
  if (turn !== latest || !holder.isConnected) remove(views);
}

/** Take down one chart that nobody waits for any more, beside the one that is shown. */
function remove(views) {
  for (const view of [...views]) {
    const at = globalThis.Bokeh.documents.indexOf(view.model.document);
    if (at >= 0) globalThis.Bokeh.documents.splice(at, 1);
    view.remove();
  }
}

/**
 * Take the chart down and free what it holds.
 *
 * @param {?HTMLElement} holder
 */
export function clear(holder) {
  const library = globalThis.Bokeh;
  if (library) {
    library.index.clear();
    library.documents.splice(0);
  }
  for (const [type, listener, options] of viewportListeners)
    globalThis.visualViewport.removeEventListener(type, listener, options);
  viewportListeners = [];
  holder?.replaceChildren();
}

/** @param {string} version  of the item; library and item must be of the same */
async function libraryFor(version) {
  noteViewportListeners();
  if (!globalThis.Bokeh) {
    loading ??= loadScript(LIBRARY);
    await loading.finally(() => (loading = null));
  }
  if (version && globalThis.Bokeh.version !== version) {
    // The viz agent was updated while this page was open.
    clear(null);
    delete globalThis.Bokeh;
    await loadScript(`${LIBRARY}?v=${encodeURIComponent(version)}`);
  }
  if (version && globalThis.Bokeh.version !== version) {
    throw new Error(`the chart is of version ${version} and the chart library of ${globalThis.Bokeh.version}`);
  }
}

/** @param {string} source  a path of this origin */
function loadScript(source) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.addEventListener("load", () =>
      globalThis.Bokeh ? resolve() : reject(new Error("the chart library is not usable")),
    );
    script.addEventListener("error", () => reject(new Error("the chart library could not be loaded")));
    document.head.appendChild(script);
  });
}

function noteViewportListeners() {
  const viewport = globalThis.visualViewport;
  if (!viewport || Object.hasOwn(viewport, "addEventListener")) return;
  viewport.addEventListener = function (type, listener, options) {
    viewportListeners.push([type, listener, options]);
    EventTarget.prototype.addEventListener.call(viewport, type, listener, options);
  };
}
