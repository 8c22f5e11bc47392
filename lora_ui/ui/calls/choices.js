// Third part: how the functions are to be used, and the whole view put together.

const CHOICES = ["auto", "required", "none"];
const DECODINGS = ["off", "on", "both"];

const tellLinks = () => window.loraLinks?.changed("functions");
const choice = make("select", { id: "functions-choice", onchange: tellLinks });
const parallel = make("input", { type: "checkbox", id: "functions-parallel", onchange: tellLinks });
parallel.checked = true;
const decodings = DECODINGS.map((name) => {
  const input = make("input", {
    type: "radio",
    name: "functions-decoding",
    id: `functions-decoding-${name}`,
    value: name,
    onchange: tellLinks,
  });
  input.checked = name === "both";
  return input;
});

// auto, required, none, and each function by its name; a function that is gone falls back to auto.
function drawChoices() {
  const wanted = JSON.stringify(names);
  if (choice.lui === wanted) return;
  choice.lui = wanted;
  const chosen = choice.value || "auto";
  const groups = [
    ...CHOICES.map((name) => ["word", name, say(`choice_${name}`)]),
    ...names.map((name) => ["name", name, say("choice_named", { name })]),
  ];
  choice.replaceChildren(
    ...groups.map(([kind, name, text]) => make("option", { value: kind === "word" ? name : `=${name}`, text })),
  );
  choice.value = chosen;
  if (choice.value !== chosen) choice.value = "auto";
}

function linked() {
  return {
    functions: area.value,
    tool_choice: choice.value.replace(/^=/, ""),
    parallel: parallel.checked,
    decoding: decodings.find((input) => input.checked)?.value ?? "off",
  };
}

// Shows what a link says. A function can be chosen only once the text has been checked.
async function applyLink(fields) {
  parallel.checked = fields.parallel;
  for (const input of decodings) input.checked = input.value === fields.decoding;
  area.value = fields.functions;
  drawGutter();
  if (view === "form") drawForm();
  clearTimeout(timer);
  await check();
  choice.value = CHOICES.includes(fields.tool_choice) ? fields.tool_choice : `=${fields.tool_choice}`;
  if (!choice.value) choice.value = "auto";
}

// What the page's Run button sends.
window.loraFunctions = {
  request: () => ({ url: location.origin + location.pathname.replace(/\/$/, ""), ...linked() }),
};

root.append(
  buildExamples(),
  make(
    "div",
    { class: "lui-views" },
    make("div", { class: "lui-segments", role: "group", "aria-label": say("views") }, ...Object.values(views)),
    tidyButton,
  ),
  editor,
  form,
  status,
  problems,
  make(
    "fieldset",
    { class: "lui-use" },
    make("legend", { text: say("use") }),
    make("div", { class: "lui-field" }, make("label", { for: "functions-choice", text: say("choice") }), choice),
    make(
      "div",
      { class: "lui-field", role: "radiogroup", "aria-labelledby": "functions-decoding-label", title: say("decoding_hint") },
      make("span", { class: "lui-label", id: "functions-decoding-label", text: say("decoding") }),
      make(
        "div",
        { class: "lui-radios" },
        ...decodings.map((input) => make("label", { for: input.id }, input, say(`decoding_${input.value}`))),
      ),
    ),
    make("div", { class: "lui-check" }, parallel, make("label", { for: "functions-parallel", text: say("parallel") })),
  ),
);
setView("json");
drawGutter();
drawChoices();
showCheck({ names: [], problems: [] });
window.loraLinks?.join("functions", linked, applyLink);

document.addEventListener("keydown", (event) => {
  const sends = (event.ctrlKey || event.metaKey) && event.key === "Enter";
  if (sends && event.target.closest?.("#functions-message, #functions-system, #functions-json")) {
    event.preventDefault();
    document.querySelector("#functions-run")?.click();
  }
});
