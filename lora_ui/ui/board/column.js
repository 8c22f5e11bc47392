// Second part: building one column, and what its buttons do.

// ---------------------------------------------------------------- building one column

function build(spec) {
  const id = `lui-${spec.key.replace(/[^\w-]/g, "-")}`;
  const part = { spec, id };
  part.title = make("h3", { id: `${id}-title` });
  part.name = make("span", { class: "lui-name" });
  part.badge = make("span", { class: "lui-badge" });
  part.effect = make("span", { class: "lui-badge lui-effect", text: say("no_effect"), title: say("no_effect_hint") });
  part.overrides = make("p", { class: "lui-overrides" });
  part.detail = make("p", { class: "lui-detail" });
  part.error = make("p", { class: "lui-error", role: "alert" });
  part.text = make("div", { class: "lui-text", tabindex: "0", role: "group", dir: "auto" });
  followEnd(part);
  part.figures = make("p", { class: "lui-figures" });
  part.finish = make("span", { class: "lui-finish" });
  part.warnings = make("ul", { class: "lui-warnings" });
  part.total = make("span", { class: "lui-total", "data-figure": "total" });
  part.box = make(
    "section",
    { class: "lui-column", "aria-labelledby": `${id}-title`, "data-adapter": spec.adapter },
    make(
      "header",
      {},
      make("div", { class: "lui-head" }, make("div", {}, part.title, part.name), make("div", { class: "lui-marks" }, part.effect, part.badge)),
      buildTools(part),
      part.overrides,
    ),
    make("div", { class: "lui-body" }, part.detail, part.error, part.text),
    make("div", { class: "lui-foot" }, part.figures, make("p", { class: "lui-end" }, part.finish, part.total), part.warnings),
    make("div", { class: "lui-more" }, buildDiff(part), buildRan(part), buildPrompt(part), buildSettings(part)),
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

function buildRan(part) {
  part.ran = make("dl");
  part.copyRan = make("button", { type: "button", text: say("copy"), onclick: () => copyRan(part) });
  part.ranBox = make("details", { class: "lui-ran" }, make("summary", { text: say("ran") }), part.ran, part.copyRan);
  return part.ranBox;
}

function buildSettings(part) {
  const { spec, id } = part;
  const own = models.get(spec.adapter)?.own ?? {};
  const fields = props.fields.map(({ name, label }) => {
    const control = make(name === "stop" ? "textarea" : "input", {
      id: `${id}-${name}`,
      "data-field": name,
      placeholder: own[name] || say("none"),
      autocomplete: "off",
      ...(name === "stop" ? { rows: 2 } : { type: "text", inputmode: "decimal" }),
      oninput: (event) => {
        spec.sampling[name] = event.target.value;
        drawOverrides(part);
        window.loraLinks?.changed("compare");
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
    window.loraLinks?.changed("compare");
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
  await toClipboard(text, part.copy);
  part.copy.textContent = say("copied");
  announce(say("copied"));
  setTimeout(() => (part.copy.textContent = say("copy")), COPIED_MS);
}

async function copyRan(part) {
  await toClipboard(results[part.spec.key]?.ran_json ?? "", part.copyRan);
  part.copyRan.textContent = say("copied");
  announce(say("copied"));
  setTimeout(() => (part.copyRan.textContent = say("copy")), COPIED_MS);
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
  window.loraLinks?.changed("compare");
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
  window.loraLinks?.changed("compare");
  const next = specs[Math.min(place, specs.length - 1)];
  if (next) nodes.get(next.key).remove.focus();
}
