// Draws the board. Runs once, when Gradio has put the component on the page, with
// `element`, `props`, `trigger`, `watch` and `server` in reach.
// Text from a model, a catalog or a visitor is only ever set as textContent or value.

const words = props.words;
const models = new Map(props.models.map((model) => [model.name, model]));
const root = element.querySelector(".lui-board");
const specs = []; // the columns in order: {key, adapter, system, sampling, against}
const nodes = new Map(); // key -> the parts of a drawn column
const DIFF_EVERY_MS = 400;
const COPIED_MS = 1400;
let results = {};
let focused = null;
let picked = [];

// ---------------------------------------------------------------- small helpers

function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

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

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
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

// ---------------------------------------------------------------- building one column

function build(spec) {
  const id = `lui-${spec.key.replace(/[^\w-]/g, "-")}`;
  const part = { spec, id };
  part.title = make("h3", { id: `${id}-title` });
  part.name = make("span", { class: "lui-name" });
  part.badge = make("span", { class: "lui-badge" });
  part.overrides = make("p", { class: "lui-overrides" });
  part.detail = make("p", { class: "lui-detail" });
  part.error = make("p", { class: "lui-error", role: "alert" });
  part.text = make("div", { class: "lui-text", tabindex: "0", role: "group", dir: "auto" });
  part.figures = make("p", { class: "lui-figures" });
  part.finish = make("p", { class: "lui-finish" });
  part.box = make(
    "section",
    { class: "lui-column", "aria-labelledby": `${id}-title`, "data-adapter": spec.adapter },
    make(
      "header",
      {},
      make("div", { class: "lui-head" }, make("div", {}, part.title, part.name), part.badge),
      buildTools(part),
      part.overrides,
    ),
    make("div", { class: "lui-body" }, part.detail, part.error, part.text),
    make("div", { class: "lui-foot" }, part.finish, part.figures),
    make("div", { class: "lui-more" }, buildDiff(part), buildPrompt(part), buildSettings(part)),
  );
  return part;
}

function buildTools(part) {
  const { spec } = part;
  part.run = make("button", { type: "button", class: "lui-run", onclick: () => runOne(spec) });
  part.stop = make("button", {
    type: "button",
    class: "lui-stop",
    text: say("stop"),
    onclick: () => trigger("stop_one", { key: spec.key }),
  });
  part.copy = make("button", { type: "button", text: say("copy"), onclick: () => copy(part) });
  const small = (name, action) => {
    const button = make("button", { type: "button", class: `lui-icon lui-${name}`, onclick: action });
    button.append(icon(name));
    return button;
  };
  part.focus = small("focus", () => setFocus(focused === spec.key ? null : spec.key));
  part.duplicate = small("duplicate", () => duplicate(spec));
  part.remove = small("remove", () => remove(spec));
  return make(
    "div",
    { class: "lui-tools" },
    part.run,
    part.stop,
    part.copy,
    make("span", { class: "lui-gap" }),
    part.focus,
    part.duplicate,
    part.remove,
  );
}

function buildDiff(part) {
  part.against = make("select", {
    id: `${part.id}-against`,
    onchange: (event) => {
      part.spec.against = event.target.value;
      draw();
    },
  });
  part.diffNote = make("span", { class: "lui-note" });
  part.diffRow = make(
    "div",
    { class: "lui-against" },
    make("label", { for: part.against.id, text: say("diff") }),
    part.against,
    part.diffNote,
  );
  return part.diffRow;
}

function buildPrompt(part) {
  part.promptTitle = make("summary", {});
  part.prompt = make("pre", { tabindex: "0", role: "group", "aria-label": say("prompt") });
  part.promptBox = make("details", { class: "lui-prompt" }, part.promptTitle, part.prompt);
  return part.promptBox;
}

function buildSettings(part) {
  const { spec, id } = part;
  const own = models.get(spec.adapter)?.own ?? {};
  const fields = props.fields.map(({ name, label }) => {
    const control = make(name === "stop" ? "textarea" : "input", {
      id: `${id}-${name}`,
      "data-field": name,
      placeholder: own[name] ?? "",
      autocomplete: "off",
      ...(name === "stop" ? { rows: 2 } : { type: "text", inputmode: "decimal" }),
      oninput: (event) => {
        spec.sampling[name] = event.target.value;
        drawOverrides(part);
      },
    });
    control.value = spec.sampling[name] ?? "";
    return make("div", { class: name === "stop" ? "lui-field lui-wide" : "lui-field" }, make("label", { for: control.id, text: label }), control);
  });
  part.used = make("p", { class: "lui-note" });
  part.settings = make(
    "details",
    { class: "lui-settings" },
    make("summary", { text: say("settings") }),
    make("p", { class: "lui-note", text: say("settings_hint") }),
    make("div", { class: "lui-fields" }, ...fields),
    ...buildSystem(part),
    part.used,
  );
  return part.settings;
}

function buildSystem(part) {
  const { spec, id } = part;
  const none = make("input", { type: "checkbox", id: `${id}-nosystem` });
  const text = make("textarea", { id: `${id}-system`, rows: 3, "data-field": "system" });
  text.placeholder = models.get(spec.adapter)?.system || say("no_own_system");
  const read = () => {
    text.disabled = none.checked;
    spec.system = none.checked ? "" : text.value || null;
    drawOverrides(part);
  };
  none.checked = spec.system === "";
  text.value = spec.system ?? "";
  text.disabled = none.checked;
  text.addEventListener("input", read);
  none.addEventListener("change", read);
  return [
    make("div", { class: "lui-field" }, make("label", { for: text.id, text: say("system") }), text),
    make("div", { class: "lui-check" }, none, make("label", { for: none.id, text: say("no_system") })),
  ];
}

// ---------------------------------------------------------------- what the buttons do

async function copy(part) {
  const text = results[part.spec.key]?.text ?? "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without HTTPS a browser has no clipboard object; an old command still copies a selection.
    const box = make("textarea", { class: "lui-offscreen", "aria-hidden": "true" });
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
    part.copy.focus();
  }
  part.copy.textContent = say("copied");
  announce(say("copied"));
  setTimeout(() => (part.copy.textContent = say("copy")), COPIED_MS);
}

function setFocus(key) {
  const last = focused;
  focused = key;
  draw();
  nodes.get(key ?? last)?.focus.focus();
}

function duplicate(spec) {
  const twin = addColumn(spec.adapter, spec);
  focused = null;
  draw();
  const part = nodes.get(twin.key);
  part.settings.open = true;
  part.box.scrollIntoView({ block: "nearest", inline: "nearest" });
  part.settings.querySelector('[data-field="temperature"]').focus();
}

function remove(spec) {
  const place = specs.indexOf(spec);
  removeColumn(spec);
  if (!specs.some((other) => other.adapter === spec.adapter)) {
    picked = picked.filter((name) => name !== spec.adapter);
    trigger("picked", {});
  }
  draw();
  const next = specs[Math.min(place, specs.length - 1)];
  if (next) nodes.get(next.key).remove.focus();
}

// ---------------------------------------------------------------- drawing

const live = make("div", { class: "lui-offscreen", role: "status", "aria-live": "polite" });
const columns = make("div", { class: "lui-columns" });
const empty = make(
  "div",
  { class: "lui-empty" },
  make("strong", { text: say("empty_title") }),
  make("span", { text: say("empty_text") }),
);
root.setAttribute("role", "group");
root.setAttribute("aria-label", say("answers"));
root.append(live, empty, columns);

function announce(text) {
  live.textContent = text;
}

function draw() {
  show(empty, specs.length === 0);
  show(columns, specs.length > 0);
  columns.classList.toggle("lui-focused", focused !== null);
  specs.forEach((spec, place) => {
    if (!nodes.has(spec.key)) nodes.set(spec.key, build(spec));
    const part = nodes.get(spec.key);
    if (columns.children[place] !== part.box) columns.insertBefore(part.box, columns.children[place] ?? null);
    drawColumn(part, results[spec.key]);
  });
}

function drawColumn(part, result) {
  const { spec } = part;
  const name = title(spec);
  const state = result?.state ?? "idle";
  setText(part.title, name);
  setText(part.name, spec.adapter);
  drawTools(part, name, result);
  setText(part.badge, result?.badge ?? say("idle"));
  if (part.box.dataset.state !== state) {
    if (part.box.dataset.state && result) announce(`${name}: ${result.badge}`);
    part.box.dataset.state = state;
  }
  show(part.box, focused === null || focused === spec.key);
  setText(part.detail, result?.detail ?? "");
  show(part.detail, Boolean(result?.detail));
  setText(part.error, result?.error ?? "");
  show(part.error, Boolean(result?.error));
  drawFoot(part, result);
  drawAgainst(part, result);
  drawText(part, result);
  drawOverrides(part);
}

function drawTools(part, name, result) {
  const running = Boolean(result?.live);
  show(part.run, !running);
  show(part.stop, running);
  setText(part.run, say(result ? "again" : "run"));
  show(part.copy, Boolean(result?.text));
  for (const [button, key] of [
    [part.run, result ? "again_of" : "run_of"],
    [part.stop, "stop_of"],
    [part.copy, "copy_of"],
    [part.focus, focused ? "unfocus_of" : "focus_of"],
    [part.duplicate, "duplicate_of"],
    [part.remove, "remove_of"],
  ]) {
    const label = say(key, { name });
    if (button.getAttribute("aria-label") === label) continue;
    button.setAttribute("aria-label", label);
    if (button.classList.contains("lui-icon")) button.title = label;
  }
  part.focus.setAttribute("aria-pressed", String(focused === part.spec.key));
  part.text.setAttribute("aria-label", say("answer_of", { name }));
}

function drawFoot(part, result) {
  setText(part.finish, [result?.finish, ...(result?.warnings ?? [])].filter(Boolean).join(" · "));
  show(part.finish, part.finish.textContent !== "");
  const figures = result?.figures ?? [];
  while (part.figures.children.length > figures.length) part.figures.lastChild.remove();
  figures.forEach((figure, place) => {
    const node = part.figures.children[place] ?? part.figures.appendChild(make("span"));
    setText(node, figure.text);
    node.dataset.figure = figure.name;
    node.title = figure.hint;
  });
  show(part.figures, figures.length > 0);
  show(part.promptBox, Boolean(result?.prompt));
  setText(part.promptTitle, say("prompt_tokens", { count: result?.prompt_tokens ?? 0 }));
  setText(part.prompt, result?.prompt ?? "");
  setText(part.used, result?.used ? say("used", { settings: result.used }) : "");
}

function drawOverrides(part) {
  const { spec } = part;
  const said = props.fields
    .filter(({ name }) => isSet(spec.sampling[name]))
    .map(({ name, label }) => `${label} ${spec.sampling[name].replaceAll("\n", ", ")}`);
  if (spec.system !== null) said.push(say(spec.system === "" ? "no_system" : "own_system"));
  setText(part.overrides, said.join(" · "));
  show(part.overrides, said.length > 0);
}

function drawText(part, result) {
  const text = result?.text ?? "";
  const box = part.text;
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  show(box, text !== "" || !result?.error);
  if (!compare(part, text)) growText(box, text);
  box.classList.toggle("lui-blank", text === "");
  if (result?.live && atEnd) box.scrollTop = box.scrollHeight;
}

// ---------------------------------------------------------------- the word diff

function drawAgainst(part, result) {
  const others = specs.filter((other) => other !== part.spec && results[other.key]?.text);
  show(part.diffRow, Boolean(result?.text) && others.length > 0);
  const options = [["", say("diff_none")], ...others.map((other) => [other.key, title(other)])];
  const wanted = JSON.stringify(options);
  if (part.options !== wanted) {
    part.options = wanted;
    part.against.replaceChildren(...options.map(([value, text]) => make("option", { value, text })));
  }
  if (!others.some((other) => other.key === part.spec.against)) part.spec.against = "";
  if (part.against.value !== part.spec.against) part.against.value = part.spec.against;
}

// Shows the diff where one is asked for; false when the plain text is to be shown.
function compare(part, text) {
  const { against } = part.spec;
  const old = against ? results[against]?.text : null;
  if (!old || !text) {
    part.compared = null;
    setText(part.diffNote, "");
    return false;
  }
  const wanted = JSON.stringify([old, text]);
  if (part.compared === wanted || part.comparing) return part.compared != null;
  part.comparing = true;
  server
    .diff({ old, new: text })
    .then((pieces) => showDiff(part, wanted, pieces))
    .catch(() => {
      part.compared = null;
      part.spec.against = "";
    })
    .finally(() =>
      setTimeout(() => {
        part.comparing = false;
        drawColumn(part, results[part.spec.key]);
      }, DIFF_EVERY_MS),
    );
  return part.compared != null;
}

const TAGS = { same: "span", added: "ins", removed: "del" };

function showDiff(part, wanted, pieces) {
  if (!part.spec.against) return;
  part.compared = wanted;
  part.text.replaceChildren(...pieces.map(([kind, text]) => make(TAGS[kind], { text })));
  const changed = pieces.filter(([kind]) => kind !== "same").length;
  setText(part.diffNote, say(changed ? "diff_some" : "diff_same"));
}

// ---------------------------------------------------------------- keys, and the server's news

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && focused !== null) setFocus(null);
  const sends = (event.ctrlKey || event.metaKey) && event.key === "Enter";
  if (sends && event.target.closest?.("#prompt, #system")) {
    event.preventDefault();
    document.querySelector("#run")?.click();
  }
});

watch("value", () => {
  results = props.value?.columns ?? {};
  draw();
});

draw();
