"""The page inside headless Chromium: no network, no data of its own, one function that draws an item."""

from __future__ import annotations

__all__ = ["DOCUMENT", "DRAW", "PREPARE"]

# Our own script comes in by DevTools; whatever else is in the page may neither run nor fetch anything.
DOCUMENT = (
    '<!DOCTYPE html><html><head><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'; img-src data: blob:\">"
    '<meta charset="utf-8"></head><body><div id="chart"></div></body></html>'
)

# Views of this library listen to the visual viewport and never stop: each chart would stay in memory.
PREPARE = "visualViewport.addEventListener = () => {}; 0"

DRAW = """
async function (text, format, width, height) {
  const item = JSON.parse(text);
  const place = document.getElementById("chart");
  place.style.width = width + "px";
  place.style.height = height + "px";
  let views;
  try {
    views = await Bokeh.embed.embed_item(item, "chart");
    const view = [...views][0];
    const drawn = view.model.document;
    if (!drawn.is_idle) await new Promise((done) => drawn.idle.connect(() => done()));
    const layer = view.export(format, false);
    if (format === "svg") return layer.ctx.get_serialized_svg(true);
    return layer.canvas.toDataURL("image/png").split(",")[1];
  } finally {
    if (views) views.clear();
    Bokeh.index.clear();
    Bokeh.documents.length = 0;
    place.replaceChildren();
  }
}
"""
