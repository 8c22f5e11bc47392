// Third part: drawing the columns from the server's value.

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
  const stopAll = document.querySelector("#stop-all");
  if (stopAll) stopAll.disabled = !specs.some((spec) => results[spec.key]?.live);
}

function drawColumn(part, result) {
  const { spec } = part;
  const name = title(spec);
  const state = result?.state ?? "idle";
  setText(part.title, name);
  setText(part.name, spec.adapter);
  drawTools(part, name, result);
  setText(part.badge, result?.badge ?? say("idle"));
  show(part.effect, Boolean(result?.no_effect));
  if (part.box.dataset.state !== state) {
    if (part.box.dataset.state && result) announce(`${name}: ${result.badge}`);
    part.box.dataset.state = state;
  }
  show(part.box, focused === null || focused === spec.key);
  const detail = result ? result.detail : (models.get(spec.adapter)?.description ?? "");
  setText(part.detail, detail);
  show(part.detail, detail !== "");
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
  setText(part.finish, result?.finish ?? "");
  const warnings = result?.warnings ?? [];
  while (part.warnings.children.length > warnings.length) part.warnings.lastChild.remove();
  warnings.forEach((text, place) => {
    setText(part.warnings.children[place] ?? part.warnings.appendChild(make("li")), text);
  });
  const all = result?.figures ?? [];
  const total = all.find((figure) => figure.name === "total");
  setText(part.total, total?.text ?? "");
  part.total.title = total?.hint ?? "";
  const figures = all.filter((figure) => figure !== total);
  while (part.figures.children.length > figures.length) part.figures.lastChild.remove();
  figures.forEach((figure, place) => {
    const node = part.figures.children[place] ?? part.figures.appendChild(make("span"));
    setText(node, figure.text);
    node.dataset.figure = figure.name;
    node.title = figure.hint;
  });
  show(part.promptBox, Boolean(result?.prompt));
  setText(part.promptTitle, say("prompt_tokens", { count: result?.prompt_tokens ?? 0 }));
  setText(part.prompt, result?.prompt ?? "");
  fillRows(part.ran, result?.ran ?? []);
  show(part.ranBox, Boolean(result?.ran?.length));
  part.copyRan.setAttribute("aria-label", say("copy_ran_of", { name: title(part.spec) }));
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
  show(box, text !== "" || !result?.error);
  if (!compare(part, text)) growText(box, text);
  box.classList.toggle("lui-blank", text === "");
  if (text === "") part.atEnd = true;
  if (result?.live && part.atEnd) follow(box);
}

// A visitor who scrolls up stays there; scrolling down to the end follows the answer again.
const UPWARDS = new Set(["ArrowUp", "PageUp", "Home"]);
const SETTLE_MS = 400;

function followEnd(part) {
  const box = part.text;
  let left = -SETTLE_MS;
  const leave = () => {
    part.atEnd = false;
    left = performance.now();
  };
  part.atEnd = true;
  box.addEventListener("wheel", (event) => event.deltaY < 0 && leave(), { passive: true });
  box.addEventListener("touchmove", leave, { passive: true });
  box.addEventListener("pointerdown", leave);
  box.addEventListener("keydown", (event) => UPWARDS.has(event.key) && leave());
  box.addEventListener("scroll", () => {
    const near = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
    if (near && performance.now() - left > SETTLE_MS) part.atEnd = true;
  });
}

// Keeps the end of growing answers in view: all at once, before the next picture is drawn.
const following = new Set();

function follow(box) {
  if (following.size === 0) {
    requestAnimationFrame(() => {
      for (const one of following) one.scrollTop = 1e9;
      following.clear();
    });
  }
  following.add(box);
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

watch("models", () => {
  learn();
  sortSpecs();
  draw();
  window.loraLinks?.changed("compare");
});

watch("value", () => {
  results = props.value?.columns ?? {};
  draw();
});

learn();
draw();
window.loraLinks?.join("compare", linked, applyLink);
