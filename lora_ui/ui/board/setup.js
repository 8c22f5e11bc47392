// The board's script, first part: what the visitor sets up. setup.js, column.js and drawing.js are
// joined in this order behind ../dom.js.

const models = new Map(); // name -> what can stand in a column; those that are gone stay
let offered = new Set(); // the names that there are now
const root = element.querySelector(".lui-board");
const specs = []; // the columns in order: {key, adapter, system, sampling, against}
const nodes = new Map(); // key -> the parts of a drawn column
const DIFF_EVERY_MS = 400;
const COPIED_MS = 1400;
let results = {};
let focused = null;
let picked = [];

// ---------------------------------------------------------------- small helpers

const ICONS = {
  focus: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  duplicate: "M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1",
  remove: "M3.5 3.5l9 9M12.5 3.5l-9 9",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// Long answers grow at their end: append there, so that a selection in the text survives.
function growText(node, text) {
  const first = node.firstChild;
  const shown = first?.nodeType === Node.TEXT_NODE && node.childNodes.length === 1 ? first.data : null;
  if (shown === text) return;
  if (shown !== null && text.startsWith(shown)) first.appendData(text.slice(shown.length));
  else node.textContent = text;
}

function title(spec) {
  const base = models.get(spec.adapter)?.title ?? spec.adapter;
  const twins = specs.filter((other) => other.adapter === spec.adapter);
  return twins.length > 1 ? `${base} #${twins.indexOf(spec) + 1}` : base;
}

function learn() {
  for (const model of props.models) models.set(model.name, model);
  offered = new Set(props.models.map((model) => model.name));
}

function newKey(adapter) {
  return `${adapter.slice(0, 40)}~${Math.random().toString(36).slice(2, 10)}`;
}

// ---------------------------------------------------------------- what the visitor sets up

function addColumn(adapter, after = null) {
  const spec = { key: newKey(adapter), adapter, system: null, sampling: {}, against: "" };
  if (after) {
    spec.system = after.system;
    spec.sampling = { ...after.sampling };
    specs.splice(specs.indexOf(after) + 1, 0, spec);
  } else {
    specs.push(spec);
  }
  return spec;
}

// Base first, then the catalog's order; copies stay beside each other.
function sortSpecs() {
  const order = [...models.keys()];
  specs.sort((a, b) => order.indexOf(a.adapter) - order.indexOf(b.adapter));
}

function removeColumn(spec) {
  specs.splice(specs.indexOf(spec), 1);
  nodes.get(spec.key)?.box.remove();
  nodes.delete(spec.key);
  if (focused === spec.key) focused = null;
  if (results[spec.key]) trigger("forget", { key: spec.key });
}

function pick(names) {
  picked = [...names];
  for (const spec of specs.filter((one) => !names.includes(one.adapter))) removeColumn(spec);
  for (const name of names) {
    if (!specs.some((spec) => spec.adapter === name)) addColumn(name);
  }
  sortSpecs();
  draw();
  window.loraLinks?.changed("compare");
}

// The columns as a link holds them; those of adapters that are gone are left out.
function linked() {
  const columns = specs.filter((spec) => offered.has(spec.adapter)).map((spec) => {
    const said = props.fields.map(({ name }) => [name, spec.sampling[name]]).filter(([, text]) => isSet(text));
    const system = spec.system === null ? {} : { system: spec.system };
    return { adapter: spec.adapter, ...system, ...Object.fromEntries(said) };
  });
  return { columns };
}

// Puts the columns of a link in place of all others.
function applyLink({ columns }) {
  for (const spec of [...specs]) removeColumn(spec);
  for (const { adapter, system, ...sampling } of columns) {
    Object.assign(addColumn(adapter), { system: system ?? null, sampling });
  }
  picked = [...new Set(columns.map((column) => column.adapter))];
  sortSpecs();
  draw();
}

function isSet(text) {
  return text != null && text !== "";
}

// A column as the server is asked for it.
function asked(spec) {
  const sampling = Object.entries(spec.sampling).filter(([, text]) => isSet(text));
  return {
    key: spec.key,
    adapter: spec.adapter,
    system: spec.system,
    sampling: Object.fromEntries(sampling),
  };
}

// What the page's native components and their events use.
window.loraBoard = {
  pick,
  picked: () => picked,
  known: (names) => names.filter((name) => offered.has(name)),
  add: (name) => {
    if (picked.includes(name)) return;
    pick([...picked, name]);
    trigger("picked", {});
  },
  request: () => {
    bringIntoView();
    return { columns: specs.map(asked), only: null };
  },
  requestOne: () => window.loraBoard.one ?? { columns: [], only: null },
  one: null,
};

// On a phone the answers stand below the fold: go there when they are asked for.
function bringIntoView() {
  const { top } = root.getBoundingClientRect();
  if (specs.length > 0 && top > window.innerHeight - 160) root.scrollIntoView({ block: "start" });
}

function runOne(spec) {
  window.loraBoard.one = { columns: specs.map(asked), only: spec.key };
  trigger("run_one", { key: spec.key });
}
