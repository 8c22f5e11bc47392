// Second part: what is set up, the address bar, and what an opened link or file brings.

const WRITE_AFTER_MS = 300;
const LOOK_MS = 50;
const PATIENCE_MS = 20000;
const told = {}; // tab -> the values of Gradio's components
const views = {}; // tab -> { read, apply } of its custom view
const pending = {}; // tab -> values that wait for its view to be drawn
const applied = {}; // tab -> a promise: its view shows what the link said
let tab = Object.keys(LINKS.tabs)[0]; // the one in sight
let opening = false; // the server has not yet said what a link means
let timer = null;
let patience = null;

// What the tab in sight holds, by parameter. Adapters that are gone are left out.
function values() {
  const found = { ...told[tab], ...(pending[tab] ?? views[tab]?.read()) };
  if (found.adapters) found.adapters = window.loraBoard?.known(found.adapters) ?? found.adapters;
  return found;
}

function isUntouched(fields) {
  return tab === Object.keys(LINKS.tabs)[0] && Object.keys(fields).length === 2;
}

// The query for the address bar and for links; one that is too long holds only the tab.
function current() {
  const fields = toFields(tab, values());
  const query = toQuery(fields);
  const bytes = query.length + 1;
  const isLong = bytes > LINKS.limit_bytes;
  return { fields, query: isLong ? toQuery({ v: LINKS.version, tab }) : query, bytes, isLong };
}

function changed() {
  clearTimeout(timer);
  timer = setTimeout(write, WRITE_AFTER_MS);
}

function write() {
  if (opening) return;
  const now = current();
  drawLink(now);
  const pairs = foreignPairs(location.search);
  if (!isUntouched(now.fields)) pairs.unshift(now.query);
  const search = pairs.length ? `?${pairs.join("&")}` : "";
  if (search !== location.search) history.replaceState(history.state, "", location.pathname + search + location.hash);
}

// What Gradio's events and the custom views use.
window.loraLinks = {
  // Values of Gradio's components in a tab, by parameter.
  tell(where, fields) {
    told[where] = { ...told[where], ...fields };
    if (where === tab) changed();
  },
  // The tab that is in sight now.
  see(where) {
    tab = where;
    write();
  },
  // A custom view of a tab is there: `read` gives its values, `apply` takes some.
  join(where, read, apply) {
    views[where] = { read, apply };
    takePending(where);
  },
  // Something has changed in a custom view of this tab.
  changed(where) {
    if (where === tab) changed();
  },
  isOpening: () => opening,
  // What a link and a file of these values would be.
  write(where, fields) {
    const said = toFields(where, fields);
    return { query: toQuery(said), file: toFile(said) };
  },
  // Has the server read a link's query; what it says is then set.
  open(query) {
    opening = true;
    clearTimeout(patience);
    patience = setTimeout(() => (opening = false), PATIENCE_MS); // where the server never answers
    trigger("open", { query, text: null });
  },
};

function takePending(where) {
  if (!pending[where] || !views[where]) return;
  const fields = pending[where];
  delete pending[where];
  applied[where] = Promise.resolve(views[where].apply(fields)).then(changed);
}

// ---------------------------------------------------------------- what was opened

// The server has read a link or a file: Gradio's components are set by itself, the views here.
function take(opened) {
  if (!opened?.number) return;
  opening = false;
  drawNotices(opened.notices);
  if (opened.tab) {
    tab = opened.tab;
    told[tab] = opened.fields;
    if (LINKS.tabs[tab].has_view) pending[tab] = opened.fields;
    takePending(tab);
    if (opened.run) run(opened.tab);
  }
  changed();
}

// Presses Run once everything is in place.
async function run(where) {
  const button = await runButton(where);
  await applied[where];
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  if (tab === where) button?.click();
}

// The tab's Run button once it is on the page and the tab's view has what the link said.
async function runButton(where) {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const button = document.querySelector(LINKS.tabs[where].run);
    const waits = pending[where];
    if (button?.offsetParent && !waits) return button;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  return null;
}
