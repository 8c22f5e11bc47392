// Third part: slots, downloads, and the talk with the server.

// ---------------------------------------------------------------- slots

const slots = make("ol", { class: "lui-slots" });
const hosted = make("p", { class: "lui-hosted" });
const slotTitle = make("h3", { id: "slots-title", text: say("slots") });
const slotBox = make(
  "section",
  { class: "lui-chart", "data-chart": "residency", "aria-labelledby": "slots-title" },
  make("header", {}, slotTitle),
  make("p", { class: "lui-hint", text: say("slots_hint") }),
  slots,
  hosted,
);
let drawnSlots = "";

function drawSlots(value) {
  const wanted = JSON.stringify(value);
  if (wanted === drawnSlots) return;
  drawnSlots = wanted;
  slots.replaceChildren(
    ...value.slots.map(({ index, name, free }) =>
      make(
        "li",
        { class: free && "lui-free" },
        make("span", { class: "lui-index", text: String(index) }),
        make("span", { text: name }),
      ),
    ),
  );
  setText(hosted, value.text);
}

// ---------------------------------------------------------------- downloads, all made in the browser

function offer(parts, type, name) {
  const link = make("a", { href: URL.createObjectURL(new Blob(parts, { type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 30000);
}

function stamp() {
  return new Date(hub.now() * 1000).toISOString().slice(0, 19).replace(/[:T]/g, "-");
}

async function savePng(chart) {
  const Plotly = await fetchPlotly();
  const { data, layout } = filled(chart);
  const width = Math.max(layout.width, 900);
  const url = await Plotly.toImage({ data, layout: { ...layout, width } }, { format: "png", width, height: layout.height, scale: 2 });
  const picture = await (await fetch(url)).blob();
  offer([picture], "image/png", `${chart.key}-${stamp()}.png`);
}

// One file with everything in it: the chart works without a network.
async function saveHtml(chart) {
  const { data, layout } = filled(chart);
  const code = await (await fetch(PLOTLY_URL)).text();
  const figure = JSON.stringify({ data, layout: { ...layout, width: undefined, height: 600, autosize: true } });
  const title = chart.box.querySelector("h3").textContent;
  const page = [
    `<!doctype html><meta charset="utf-8"><title></title><body style="background:${layout.paper_bgcolor}"><div id="chart"></div>`,
    `<script>${code}</`, "script>\n",
    `<script>document.title = ${safe(JSON.stringify(title))}; const figure = ${safe(figure)}; Plotly.newPlot("chart", figure.data, figure.layout, { responsive: true, displaylogo: false });</`,
    "script></body>",
  ];
  offer(page, "text/html", `${chart.key}-${stamp()}.html`);
}

function safe(json) {
  return json.replace(/</g, "\\u003c");
}

async function saveSeries(form) {
  const { name, text, type } = await server.series({ form, range_s: state.range });
  if (name) offer([text], type, name);
}

// ---------------------------------------------------------------- the talk with the server

// Everything anew: at the beginning, and when range, device or colours change.
async function load() {
  state.loading = true;
  drawToolbar();
  const asked = { range_s: state.range, scheme: state.scheme };
  try {
    const reply = await server.whole(asked);
    if (asked.range_s !== state.range || asked.scheme !== state.scheme) return;
    take(reply);
  } finally {
    state.loading = false;
  }
}

function take(reply) {
  state.number = reply.number;
  if (reply.number == null) return drawTold();
  state.step = reply.step_s;
  state.told = reply;
  store = reply.points;
  delete store.gap;
  marks = [];
  state.mark = 0;
  keepMarks(reply.marks);
  drawSlots(reply.residency);
  drawGpus(reply.gpus);
  for (const spec of reply.charts) {
    let chart = charts.find((one) => one.key === spec.key);
    if (!chart) {
      chart = buildChart(spec);
      charts.push(chart);
      grid.append(chart.box);
      if (spec.key === "memory") grid.append(happenedBox);
      if (spec.key === "slots") grid.append(slotBox);
    }
    chart.figure = spec.figure;
    setText(chart.text, spec.hint);
  }
  drawAll();
  drawTold();
}

hub.views.add({
  shown: () => element.isConnected && root.offsetParent !== null,
  wants: () => (state.number == null ? {} : { after: state.number, mark: state.mark }),
  take(reply, request) {
    if (state.loading || request.after == null) {
      if (!state.loading) load();
      return;
    }
    if (reply.reload || request.after !== state.number || reply.version !== state.told.version) {
      load();
      return;
    }
    state.number = reply.number;
    keep(reply.points);
    keepMarks(reply.marks);
    drawSlots(reply.residency);
    drawGpus(reply.gpus);
  },
  beat() {
    if (!this.shown()) return;
    drawTold();
    if (!state.paused && state.number != null) drawAll();
  },
});

new MutationObserver(() => {
  const scheme = dark() ? "dark" : "light";
  if (scheme === state.scheme) return;
  state.scheme = scheme;
  load();
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });

load();
window.loraLinks?.join("memory", () => ({ range_s: state.range }), (fields) => setRange(fields.range_s));
