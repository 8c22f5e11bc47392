// Second part: the form. It edits the parsed JSON in place and writes it back as text, so that what
// it has no field for stays as it is.

const SIMPLE = ["string", "integer", "number", "boolean", "array:string", "array:number", "object"];
let list = []; // the parsed functions, as they stand in the text

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

// The list in the text, or null when the form can't show it. Empty text is an empty list.
function parsed() {
  if (!area.value.trim()) return [];
  try {
    const value = JSON.parse(area.value);
    const found = Array.isArray(value) ? value : [value];
    return found.every((one) => isObject(one) && isObject(plain(one)) && mayEdit(plain(one))) ? found : null;
  } catch {
    return null;
  }
}

// OpenAI's {"type": "function", "function": {…}} holds the function one level down.
function plain(entry) {
  return "function" in entry ? entry.function : entry;
}

function mayEdit(fn) {
  if (fn.parameters == null) return true;
  return isObject(fn.parameters) && (fn.parameters.properties == null || isObject(fn.parameters.properties));
}

function write() {
  area.value = JSON.stringify(list, null, 2);
  changed();
}

function setOrDrop(object, key, value) {
  if (value === "" || value == null || (Array.isArray(value) && value.length === 0)) delete object[key];
  else object[key] = value;
  write();
}

function drawForm() {
  const found = parsed();
  if (found === null) {
    form.replaceChildren(make("p", { class: "lui-note", text: say("no_form") }));
    return;
  }
  list = found;
  form.replaceChildren(
    ...list.map((entry, place) => buildFunction(entry, place)),
    make("button", { type: "button", class: "lui-add", text: say("add_function"), onclick: addFunction }),
  );
}

function redraw(focusOn) {
  drawForm();
  form.querySelector(focusOn)?.focus();
}

function freeName(stem, taken) {
  for (let number = 1; ; number++) {
    const name = number === 1 ? stem : `${stem}_${number}`;
    if (!taken.includes(name)) return name;
  }
}

function addFunction() {
  const name = freeName(say("new_function"), list.map((entry) => plain(entry).name));
  list.push({ name, description: "", parameters: { type: "object", properties: {}, required: [] } });
  write();
  redraw(`[data-function="${list.length - 1}"] input`);
}

function labelled(id, label, control, className = "lui-field") {
  control.id = id;
  return make("div", { class: className }, make("label", { for: id, text: label }), control);
}

function buildFunction(entry, place) {
  const fn = plain(entry);
  const id = `function-${place}`;
  const warning = make("p", { class: "lui-warn", role: "alert" });
  const name = make("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  name.value = typeof fn.name === "string" ? fn.name : "";
  name.addEventListener("input", () => {
    const others = list.filter((other) => other !== entry).map((other) => plain(other).name);
    if (!accept(name, warning, name.value.trim(), others)) return;
    fn.name = name.value.trim();
    write();
  });
  const description = make("input", { type: "text", autocomplete: "off" });
  description.value = typeof fn.description === "string" ? fn.description : "";
  description.addEventListener("input", () => setOrDrop(fn, "description", description.value));
  const remove = make("button", {
    type: "button",
    text: say("remove_function"),
    "aria-label": say("remove_function_of", { name: name.value }),
    onclick: () => {
      list.splice(place, 1);
      write();
      redraw(".lui-add");
    },
  });
  return make(
    "fieldset",
    { "data-function": String(place) },
    make("legend", { text: say("function", { number: place + 1 }) }),
    make(
      "div",
      { class: "lui-pair" },
      labelled(`${id}-name`, say("name"), name),
      labelled(`${id}-description`, say("description"), description),
    ),
    warning,
    buildParameters(fn, id, place),
    make("div", { class: "lui-row" }, buildAddParameter(fn, place), remove),
  );
}

// A name that is empty or taken is shown as wrong, and nothing is written.
function accept(input, warning, name, others) {
  const wrong = name === "" ? say("nameless") : others.includes(name) ? say("taken") : "";
  setText(warning, wrong);
  input.setAttribute("aria-invalid", String(wrong !== ""));
  return wrong === "";
}

function propertiesOf(fn) {
  fn.parameters ??= { type: "object", properties: {} };
  fn.parameters.properties ??= {};
  return fn.parameters.properties;
}

function requiredOf(fn) {
  return Array.isArray(fn.parameters?.required) ? fn.parameters.required : [];
}

function buildAddParameter(fn, place) {
  return make("button", {
    type: "button",
    text: say("add_parameter"),
    "aria-label": say("add_parameter_of", { name: fn.name ?? "" }),
    onclick: () => {
      const properties = propertiesOf(fn);
      const name = freeName(say("new_parameter"), Object.keys(properties));
      properties[name] = { type: "string" };
      write();
      redraw(`[data-function="${place}"] .lui-parameter:last-of-type input`);
    },
  });
}

function buildParameters(fn, id, place) {
  const all = Object.keys(fn.parameters?.properties ?? {});
  if (all.length === 0) return make("p", { class: "lui-note", text: say("no_parameters") });
  return make(
    "div",
    { class: "lui-parameters", role: "group", "aria-label": say("parameters") },
    ...all.map((name, number) => buildParameter(fn, name, `${id}-${number}`, place)),
  );
}

function buildParameter(fn, first, id, place) {
  let current = first;
  const schema = () => fn.parameters.properties[current];
  const warning = make("p", { class: "lui-warn", role: "alert" });
  const name = make("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  name.value = first;
  name.addEventListener("input", () => {
    const others = Object.keys(fn.parameters.properties).filter((other) => other !== current);
    if (!accept(name, warning, name.value.trim(), others)) return;
    rename(fn, current, name.value.trim());
    current = name.value.trim();
    write();
  });
  const required = make("input", { type: "checkbox" });
  required.checked = requiredOf(fn).includes(first);
  required.addEventListener("change", () => {
    const others = requiredOf(fn).filter((other) => other !== current);
    setOrDrop(fn.parameters, "required", required.checked ? [...others, current] : others);
  });
  const remove = make("button", {
    type: "button",
    class: "lui-drop",
    text: "×",
    "aria-label": say("remove_parameter_of", { name: first }),
    onclick: () => {
      delete fn.parameters.properties[current];
      setOrDrop(fn.parameters, "required", requiredOf(fn).filter((other) => other !== current));
      redraw(`[data-function="${place}"] .lui-row button`);
    },
  });
  required.id = `${id}-required`;
  return make(
    "div",
    { class: "lui-parameter" },
    labelled(`${id}-name`, say("name"), name),
    ...buildType(schema, id),
    make("div", { class: "lui-check" }, required, make("label", { for: required.id, text: say("required") })),
    remove,
    warning,
  );
}

// Renamed in its place, so that the order stays; a required one stays required.
function rename(fn, old, name) {
  const entries = Object.entries(fn.parameters.properties);
  fn.parameters.properties = Object.fromEntries(entries.map(([key, value]) => [key === old ? name : key, value]));
  if (Array.isArray(fn.parameters.required)) {
    fn.parameters.required = fn.parameters.required.map((one) => (one === old ? name : one));
  }
}

// ---------------------------------------------------------------- type, description, allowed values

function typeOf(schema) {
  if (!isObject(schema)) return "other";
  if (schema.type === "array") return SIMPLE.includes(`array:${schema.items?.type}`) ? `array:${schema.items.type}` : "other";
  return SIMPLE.includes(schema.type) ? schema.type : "other";
}

function buildType(schema, id) {
  const shown = typeOf(schema());
  const type = make("select", {}, ...[...SIMPLE, ...(shown === "other" ? ["other"] : [])].map((one) => make("option", { value: one, text: say(`type_${one}`) })));
  type.value = shown;
  const description = make("input", { type: "text", autocomplete: "off" });
  description.value = typeof schema()?.description === "string" ? schema().description : "";
  const allowed = make("input", { type: "text", autocomplete: "off", placeholder: say("allowed_placeholder") });
  const writeAllowed = () => setOrDrop(holder(schema()), "enum", values(allowed.value, typeOf(schema())));
  allowed.addEventListener("input", writeAllowed);
  description.addEventListener("input", () => setOrDrop(schema(), "description", description.value));
  type.addEventListener("change", () => {
    setType(schema(), type.value);
    fillAllowed(allowed, schema());
    if (!allowed.disabled) writeAllowed();
    else write();
  });
  fillAllowed(allowed, schema());
  if (!isObject(schema())) for (const control of [type, description]) control.disabled = true;
  return [
    labelled(`${id}-type`, say("type"), type),
    labelled(`${id}-allowed`, say("allowed"), allowed),
    labelled(`${id}-description`, say("description"), description, "lui-field lui-grow"),
  ];
}

// Where the allowed values stand: those of a list belong to its items.
function holder(schema) {
  return schema.type === "array" ? schema.items : schema;
}

// The values that the field can show: scalars without commas; all else is left to the JSON.
function fillAllowed(input, schema) {
  const type = typeOf(schema);
  const found = isObject(schema) ? (holder(schema)?.enum ?? []) : [];
  const simple = Array.isArray(found) && found.every((one) => ["string", "number"].includes(typeof one) && !String(one).includes(","));
  input.disabled = !simple || ["other", "boolean", "object"].includes(type);
  input.placeholder = say(input.disabled && !simple ? "allowed_json" : "allowed_placeholder");
  if (simple) input.value = found.join(", ");
}

function values(text, type) {
  const numeric = ["integer", "number", "array:number"].includes(type);
  const found = text.split(",").map((one) => one.trim()).filter(Boolean);
  return [...new Set(found.map((one) => (numeric && Number.isFinite(Number(one)) ? Number(one) : one)))];
}

function setType(schema, type) {
  const [outer, items] = type.split(":");
  const known = holder(schema)?.enum;
  delete schema.enum;
  delete schema.items;
  schema.type = outer;
  if (items) schema.items = { type: items };
  if (known && !["boolean", "object"].includes(type)) holder(schema).enum = known;
}
