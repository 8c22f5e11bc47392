// The charts: first part, what they stand on: the store of points, the choices, the toolbar.
// The browser keeps the columns of the chosen range and nothing older; a tick adds the new points.

const root = element.querySelector(".lui-charts");
const hub = window.loraMemory;
const RANGES = [60, 600, 3600, 86400];
const MOST_POINTS = 1500;
const MOST_MARKS = 400;
const MOST_LISTED = 40;

const state = {
  range: 600,
  paused: false,
  zoom: null, // [from, to] in ms while the visitor looks at a part, else null: the charts follow
  scheme: dark() ? "dark" : "light",
  number: null, // the last sample that the browser has
  mark: 0, // the last mark
  step: 0, // seconds between two points of this range
  loading: false,
  told: null, // what the last whole answer said besides points
};
let store = { time: [] }; // columns by name, all of one length; time in seconds
let marks = [];
let charts = []; // each: { key, node, box, figure, heights … }

function dark() {
  return document.body.classList.contains("dark");
}

// Plotly shows times as UTC: what it gets is shifted so that the visitor's own clock is shown.
const SHIFT_MS = -new Date().getTimezoneOffset() * 60000;
const inPlot = (time_s) => time_s * 1000 + SHIFT_MS;

// ---------------------------------------------------------------- the store

function keep(points) {
  const fresh = points.time.length;
  for (let row = 0; row < fresh; row++) {
    const last = store.time[store.time.length - 1];
    const gap = points.gap?.includes(row);
    if (last != null && points.time[row] - last < state.step * 0.9 && !gap) continue;
    for (const name of Object.keys(store)) store[name].push(points[name]?.[row] ?? null);
  }
  const oldest = hub.now() - state.range;
  let drop = Math.max(0, store.time.length - MOST_POINTS);
  while (drop < store.time.length && store.time[drop] < oldest) drop++;
  if (drop) for (const column of Object.values(store)) column.splice(0, drop);
}

function keepMarks(fresh) {
  if (!fresh?.length) return;
  marks.push(...fresh);
  state.mark = fresh[fresh.length - 1].number;
  const oldest = hub.now() - state.range;
  marks = marks.filter((one) => one.time_s >= oldest).slice(-MOST_MARKS);
}

// ---------------------------------------------------------------- the toolbar

const ranges = make("div", { class: "lui-ranges", role: "group", "aria-label": say("range") });
for (const range of RANGES) {
  const button = make("button", { type: "button", text: say(`range_${range}`), "data-range": range });
  button.addEventListener("click", () => {
    setRange(range);
    window.loraLinks?.changed("memory");
  });
  ranges.append(button);
}
const pause = make("button", { type: "button", class: "lui-pause", onclick: () => setPaused(!state.paused) });
const follow = make("button", {
  type: "button",
  class: "lui-follow",
  text: say("follow"),
  onclick: () => {
    state.zoom = null;
    for (const chart of charts) chart.yZoom = {};
    drawAll();
  },
});
const gpus = make("ul", { class: "lui-gpus", "aria-label": say("gpus") });
const csv = make("button", { type: "button", text: say("csv"), title: say("csv_hint"), onclick: () => saveSeries("csv") });
const json = make("button", { type: "button", text: say("json"), title: say("json_hint"), onclick: () => saveSeries("json") });
const said = make("p", { class: "lui-said", role: "status" });
const problem = make("p", { class: "lui-problem", role: "status" });
const toolbar = make("div", { class: "lui-toolbar" }, ranges, pause, follow, make("span", { class: "lui-gap" }), csv, json);
const grid = make("div", { class: "lui-plots" });
root.append(toolbar, said, problem, gpus, grid);

function setRange(range) {
  state.range = range;
  state.zoom = null;
  load();
}

function setPaused(paused) {
  state.paused = paused;
  if (!paused) drawAll();
  drawToolbar();
}

function drawToolbar() {
  for (const button of ranges.children) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.range) === state.range));
  }
  setText(pause, say(state.paused ? "resume" : "pause"));
  pause.setAttribute("aria-pressed", String(state.paused));
  show(follow, state.zoom !== null || charts.some((chart) => chart.yZoom.y || chart.yZoom.y2));
}

function drawGpus(lines) {
  while (gpus.children.length > lines.length) gpus.lastChild.remove();
  lines.forEach((line, place) => setText(gpus.children[place] ?? gpus.appendChild(make("li")), line));
  show(gpus, lines.length > 0);
}

// What stands over the charts: how old the figures are, or why there are none.
function drawTold() {
  const stale = hub.stale();
  const since = hub.reply?.sample_s;
  let words = "";
  if (stale) words = since == null ? say("none") : say("stale", { time: clock(since) });
  else if (state.paused) words = say("paused");
  setText(said, words);
  show(said, words !== "");
  const told = hub.reply?.problem ?? "";
  setText(problem, told);
  show(problem, told !== "");
  root.classList.toggle("lui-is-stale", stale);
}

function clock(time_s) {
  return new Date(time_s * 1000).toLocaleTimeString([], { hour12: false });
}
