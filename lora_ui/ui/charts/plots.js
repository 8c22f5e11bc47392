// Second part: Plotly, which is fetched when a chart is first shown, and drawing with it.

let plotly = null;

// One fetch for the page, however often it is asked for; after a failure, the next asks again.
function fetchPlotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  plotly ??= new Promise((done, failed) => {
    const tag = make("script", { src: PLOTLY_URL });
    tag.addEventListener("load", () => done(window.Plotly));
    tag.addEventListener("error", () => {
      plotly = null;
      tag.remove();
      failed(new Error("plotly.min.js"));
    });
    document.head.append(tag);
  });
  return plotly;
}

// ---------------------------------------------------------------- one chart's box

function buildChart(spec) {
  const id = `chart-${spec.key}`;
  const chart = { key: spec.key, live: spec.live, yZoom: {}, seen: false, dirty: true };
  chart.node = make("div", { class: "lui-plot", role: "group", "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-hint` });
  chart.png = saver("png", spec, () => savePng(chart));
  chart.html = saver("html", spec, () => saveHtml(chart));
  chart.text = make("p", { class: "lui-hint", id: `${id}-hint`, text: spec.hint });
  chart.box = make(
    "section",
    { class: spec.live ? "lui-chart" : "lui-chart lui-static", "data-chart": spec.key, "aria-labelledby": `${id}-title` },
    make(
      "header",
      {},
      make("h3", { id: `${id}-title`, text: spec.title }),
      make("div", { class: "lui-savers" }, chart.png, chart.html),
    ),
    chart.text,
    chart.node,
  );
  watcher.observe(chart.box);
  return chart;
}

function saver(form, spec, action) {
  return make("button", { type: "button", text: say(form), "aria-label": say(`${form}_of`, { title: spec.title }), onclick: action });
}

// Only charts in sight are drawn; the others are as soon as they come into it.
const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const chart = charts.find((one) => one.box === entry.target);
      if (!chart) continue;
      chart.seen = entry.isIntersecting;
      if (chart.seen && chart.dirty) draw(chart);
    }
  },
  { rootMargin: "100px" },
);

new ResizeObserver(() => {
  for (const chart of charts) {
    if (chart.node.data && chart.node.clientWidth && chart.drawnWidth !== chart.node.clientWidth) draw(chart);
  }
}).observe(grid);

// ---------------------------------------------------------------- drawing

// The figure with its points: traces name the columns that they show.
function filled(chart) {
  const { figure } = chart;
  const x = store.time.map(inPlot);
  const data = figure.data.map((trace) => {
    const column = trace.meta?.column;
    if (!column) return trace;
    if (column === "marks") return { ...trace, ...markPoints(trace.meta.part, trace.marker) };
    return { ...trace, x, y: store[column]?.slice() ?? [] }; // a copy: the store goes on growing
  });
  return { data, layout: laidOut(chart) };
}

function laidOut(chart) {
  const { figure, node } = chart;
  const layout = { ...figure.layout, uirevision: "keep", datarevision: ++revision, autosize: false };
  layout.width = node.clientWidth;
  const narrow = layout.width < 560;
  if (narrow) layout.dragmode = false; // or a finger could not scroll the page past the chart
  layout.height = figure.layout.height + (narrow ? (figure.layout.meta?.narrow_extra ?? 0) : 0);
  if (narrow) layout.margin = { ...layout.margin, l: 44, r: layout.yaxis2?.visible === false ? 8 : (layout.margin?.r ?? 8) };
  if (chart.live) {
    const range = shownSpan();
    const fine = range[1] - range[0] < 900000;
    layout.xaxis = { ...layout.xaxis, range, autorange: false, nticks: narrow ? 5 : 9, tickformat: fine ? "%H:%M:%S" : "%H:%M" };
  }
  for (const axis of ["y", "y2"]) {
    const name = axis === "y" ? "yaxis" : "yaxis2";
    if (chart.yZoom[axis]) layout[name] = { ...layout[name], range: chart.yZoom[axis], autorange: false };
  }
  return layout;
}

let revision = 0;

async function draw(chart) {
  if (!chart.figure || !chart.seen || chart.node.clientWidth === 0 || chart.node._dragging) {
    chart.dirty = true;
    return;
  }
  chart.dirty = false;
  let Plotly;
  try {
    Plotly = await fetchPlotly();
  } catch {
    setText(chart.text, say("no_plotly"));
    return;
  }
  const { data, layout } = filled(chart);
  chart.drawnWidth = chart.node.clientWidth;
  await Plotly.react(chart.node, data, layout, { ...CONFIG, displayModeBar: layout.dragmode ? "hover" : false });
  if (!chart.bound) {
    chart.bound = true;
    chart.node.on("plotly_relayout", (change) => zoomed(chart, change));
    chart.node.on("plotly_doubleclick", () => unzoom(chart));
  }
}

const CONFIG = {
  displaylogo: false,
  responsive: false,
  doubleClick: false,
  scrollZoom: false,
  modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d"]],
};

function drawAll() {
  for (const chart of charts) draw(chart);
  drawMarks();
  drawToolbar();
}

// ---------------------------------------------------------------- zoom

// What the visitor chose stays, whatever comes: the time for all live charts, the height for one.
function zoomed(chart, change) {
  const pair = (axis) => {
    if (change[`${axis}.range`]) return change[`${axis}.range`].slice();
    return `${axis}.range[0]` in change ? [change[`${axis}.range[0]`], change[`${axis}.range[1]`]] : null;
  };
  const x = pair("xaxis");
  if (x && chart.live) state.zoom = x.map(ms);
  for (const [axis, name] of [["y", "yaxis"], ["y2", "yaxis2"]]) {
    const range = pair(name);
    if (range && name in (chart.figure.layout ?? {})) chart.yZoom[axis] = range;
  }
  if (x || pair("yaxis")) drawAll();
}

function unzoom(chart) {
  if (chart.live) state.zoom = null;
  chart.yZoom = {};
  drawAll();
  return false;
}

// Plotly hands dates back as text without a zone.
function ms(value) {
  return typeof value === "number" ? value : Date.parse(`${String(value).replace(" ", "T")}Z`);
}

// ---------------------------------------------------------------- marks

const SHORTEST_S = 60;
const LABEL_SHARE = 0.13; // of the width that a label takes
const UNNAMED = new Set(["requests"]);

// From where to where the charts show: the visitor's part, else the range, but never much more than
// there is, so that the first minutes are not a sliver at the right.
function shownSpan() {
  if (state.zoom) return state.zoom;
  const now = hub.now();
  const first = store.time.find((time) => time != null) ?? now;
  const from = Math.max(now - state.range, Math.min(first, now - SHORTEST_S));
  return [inPlot(from), inPlot(now)];
}

// `part`: "lines" for one line a mark, "names" for the points with their texts.
function markPoints(part, marker) {
  if (part === "lines") {
    const named = marks.filter((one) => !UNNAMED.has(one.kind));
    return {
      x: named.flatMap(({ time_s }) => [inPlot(time_s), inPlot(time_s), null]),
      y: named.flatMap(() => [0, 1, null]),
    };
  }
  const [from, to] = shownSpan();
  let free = Infinity;
  const names = new Array(marks.length).fill("");
  for (let index = marks.length - 1; index >= 0; index--) {
    const { time_s, kind, text: name } = marks[index];
    const at = inPlot(time_s);
    if (UNNAMED.has(kind) || at < from || at > to || at > free) continue;
    names[index] = shortened(name);
    free = at - (to - from) * LABEL_SHARE * (grid.clientWidth < 560 ? 2.4 : 1);
  }
  return {
    x: marks.map(({ time_s }) => inPlot(time_s)),
    y: marks.map(({ kind }) => (UNNAMED.has(kind) ? 0.93 : 0.98)),
    text: names,
    customdata: marks.map((one) => one.text),
    marker: { ...marker, symbol: marks.map(({ kind }) => SYMBOLS[kind] ?? "circle") },
    textposition: "top left",
  };
}

const SYMBOLS = {
  stage: "diamond",
  loaded: "triangle-up",
  evicted: "triangle-down",
  moved: "triangle-right",
  removed: "x",
  restart: "star",
  failed: "x",
  requests: "circle-open",
};

function shortened(name) {
  return name.length > 18 ? `${name.slice(0, 17)}…` : name;
}

// The same marks as a list: for the phone, for the keyboard, and for a screen reader.
const happened = make("ol", { class: "lui-happened", tabindex: "0", "aria-label": say("happened") });
const happenedBox = make(
  "details",
  { class: "lui-chart lui-happenings" },
  make("summary", { text: say("happened") }),
  happened,
);

function drawMarks() {
  const listed = marks.slice(-MOST_LISTED).reverse();
  const wanted = listed.map(({ number }) => number).join();
  if (happened.lui === wanted) return;
  happened.lui = wanted;
  happened.replaceChildren(
    ...(listed.length
      ? listed.map(({ time_s, kind, text }) =>
          make("li", { "data-kind": kind }, make("time", { text: clock(time_s) }), make("span", { text })),
        )
      : [make("li", { text: say("nothing_happened") })]),
  );
}
