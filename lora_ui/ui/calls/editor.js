// The functions' editor, first part: the JSON text with its live check, the examples, and how the
// functions are to be used. editor.js, form.js and choices.js are joined behind ../dom.js.

const root = element.querySelector(".lui-functions");
const CHECK_AFTER_MS = 350;
let names = []; // the functions that the last check found
let checked = null; // the text that it was asked about
let timer = null;

// ---------------------------------------------------------------- the JSON view

const gutter = make("div", { class: "lui-gutter", "aria-hidden": "true" });
const area = make("textarea", {
  id: "functions-json",
  rows: 14,
  wrap: "off",
  spellcheck: "false",
  autocomplete: "off",
  autocapitalize: "off",
  placeholder: say("placeholder"),
  "aria-label": say("text"),
  "aria-describedby": "functions-problems",
  oninput: () => changed(),
  onscroll: () => (gutter.scrollTop = area.scrollTop),
});
const editor = make("div", { class: "lui-editor" }, gutter, area);
const status = make("p", { class: "lui-status", role: "status" });
const problems = make("ul", { class: "lui-problems", id: "functions-problems", "aria-label": say("problems") });

function drawGutter(bad = new Map()) {
  const lines = area.value.split("\n").length;
  const wanted = JSON.stringify([lines, ...bad.keys()]);
  if (gutter.lui === wanted) return;
  gutter.lui = wanted;
  const parts = [];
  let plain = "";
  for (let line = 1; line <= lines; line++) {
    if (!bad.has(line)) {
      plain += `${line}\n`;
      continue;
    }
    parts.push(plain, make("b", { text: `${line}\n`, title: bad.get(line) }));
    plain = "";
  }
  gutter.replaceChildren(...parts, plain);
  gutter.scrollTop = area.scrollTop;
}

function setJson(text) {
  area.value = text;
  area.scrollTop = 0;
  changed(0);
}

// The text has changed: by hand, by the form, or by an example.
function changed(delay = CHECK_AFTER_MS) {
  window.loraLinks?.changed("functions");
  drawGutter();
  clearTimeout(timer);
  timer = setTimeout(check, delay);
}

async function check() {
  const text = area.value;
  if (text === checked) return;
  checked = text;
  if (!text.trim()) {
    showCheck({ names: [], problems: [] });
    return;
  }
  try {
    const found = await server.check(text);
    if (text === checked) showCheck(found);
  } catch {
    if (text !== checked) return;
    checked = null;
    setText(status, say("no_check"));
  }
}

function showCheck(found) {
  names = found.names;
  const bad = new Map(found.problems.map((problem) => [problem.line, problem.message]));
  drawGutter(bad);
  area.setAttribute("aria-invalid", String(found.problems.length > 0));
  const good = say(names.length === 1 ? "good_one" : "good", { count: names.length, names: names.join(", ") });
  const wrong = say(found.problems.length === 1 ? "bad_one" : "bad", { count: found.problems.length });
  setText(status, found.problems.length ? wrong : names.length ? good : say("none"));
  status.dataset.state = found.problems.length ? "bad" : names.length ? "good" : "none";
  problems.replaceChildren(
    ...found.problems.map((problem) =>
      make(
        "li",
        {},
        make("button", {
          type: "button",
          text: say("place", problem),
          onclick: () => goTo(problem.line, problem.column),
        }),
        make("span", { text: problem.message }),
        problem.path ? make("code", { text: problem.path }) : "",
      ),
    ),
  );
  show(problems, found.problems.length > 0);
  drawChoices();
}

// Puts the cursor at a problem: lines and columns count from 1, columns in code points.
function goTo(line, column) {
  setView("json");
  const lines = area.value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const inLine = [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
  area.focus();
  area.setSelectionRange(before + inLine, before + inLine + 1);
  const height = area.scrollHeight / lines.length;
  area.scrollTop = Math.max(0, (line - 4) * height);
}

function tidy() {
  try {
    area.value = JSON.stringify(JSON.parse(area.value), null, 2);
    changed(0);
  } catch {
    checked = null;
    check();
  }
}

// ---------------------------------------------------------------- the views, and the examples

let view = "json";
const form = make("div", { class: "lui-form" });
const views = Object.fromEntries(
  ["json", "form"].map((name) => [
    name,
    make("button", { type: "button", text: say(name), onclick: () => setView(name) }),
  ]),
);
const tidyButton = make("button", { type: "button", text: say("tidy"), title: say("tidy_hint"), onclick: tidy });

function setView(name) {
  view = name;
  for (const [other, button] of Object.entries(views)) button.setAttribute("aria-pressed", String(other === name));
  show(editor, name === "json");
  show(tidyButton, name === "json");
  show(form, name === "form");
  if (name === "form") drawForm();
}

// Each example has some messages: pressing it again brings the next one.
function buildExamples() {
  const buttons = SAMPLES.map((sample) => {
    let turn = 0;
    return make("button", {
      type: "button",
      class: "lui-example",
      text: sample.title,
      onclick: () => {
        setJson(sample.functions);
        if (view === "form") drawForm();
        trigger("example", { message: sample.messages[turn++ % sample.messages.length] });
      },
    });
  });
  return make("div", { class: "lui-examples", role: "group", "aria-label": say("examples") }, make("span", { text: say("examples") }), ...buttons);
}
