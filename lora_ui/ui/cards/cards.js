// The list of adapters. `props.value` holds all of it, each card as JSON; only what differs is
// touched, so that focus, scrolling and unfolded details stay.

const root = element.querySelector(".lui-cards");
const cards = new Map(); // name -> the parts of a drawn card
const WAIT_MS = 60000;
const COPIED_MS = 1400;
let ended = 0;
let jobs = "";

const search = make("input", {
  type: "search",
  id: "cards-search",
  placeholder: say("search_placeholder"),
  autocomplete: "off",
  oninput: () => {
    filter();
    window.loraLinks?.changed("adapters");
  },
});
const count = make("span", { class: "lui-count", role: "status" });
const under_way = make("ul", { class: "lui-jobs", "aria-label": say("under_way") });
const list = make("div", { class: "lui-list", role: "list" });
const none = make("p", { class: "lui-none" });
root.append(
  make(
    "div",
    { class: "lui-search" },
    make("label", { for: "cards-search", class: "lui-offscreen", text: say("search") }),
    search,
    count,
  ),
  under_way,
  none,
  list,
);

// ---------------------------------------------------------------- one card

const ACTS = ["try", "preload", "pin", "unpin", "remove"];

function build(name) {
  const part = { name, buttons: {}, id: `card-${name.replace(/[^\w-]/g, "-")}` };
  part.title = make("h3", { id: part.id });
  part.tag = make("span", { class: "lui-name" });
  part.badges = make("div", { class: "lui-badges" });
  part.description = make("p", { class: "lui-description" });
  part.facts = make("p", { class: "lui-facts" });
  part.findings = make("ul", { class: "lui-findings", "aria-label": say("findings") });
  part.live = make("p", { class: "lui-live" });
  part.note = make("p", { class: "lui-problem", role: "alert" });
  part.rows = make("dl");
  part.hash = make("code");
  part.copy = make("button", { type: "button", class: "lui-small", text: say("copy"), onclick: () => copy(part) });
  part.hashRow = make("p", { class: "lui-hash" }, make("span", { text: "SHA-256" }), part.hash, part.copy);
  for (const act of ACTS) {
    part.buttons[act] = make("button", { type: "button", class: `lui-act lui-${act}`, text: say(act) });
    part.buttons[act].addEventListener("click", () => press(part, act));
  }
  part.box = make(
    "article",
    { class: "lui-card", role: "listitem", "aria-labelledby": part.id, "data-adapter": name },
    make("header", {}, make("div", { class: "lui-head" }, part.title, part.tag), part.badges),
    part.description,
    part.facts,
    part.findings,
    part.note,
    part.live,
    make("details", {}, make("summary", { text: say("details") }), part.rows, part.hashRow),
    make("div", { class: "lui-acts" }, ...Object.values(part.buttons)),
  );
  return part;
}

function fill(part, card) {
  part.card = card;
  part.box.dataset.verdict = card.verdict;
  setText(part.title, card.title);
  setText(part.tag, card.name === card.title ? "" : card.name);
  setText(part.description, card.description);
  setText(part.live, card.live);
  setText(part.note, card.note);
  for (const node of [part.tag, part.description, part.note]) show(node, node.textContent !== "");
  fillList(part.badges, card.badges, "span", (node, { kind, value, text, hint }) => {
    node.className = "lui-badge";
    node.dataset.kind = kind;
    node.dataset.value = value;
    node.title = hint;
    setText(node, text);
  });
  fillList(part.facts, card.facts, "span", setText);
  fillList(part.findings, card.findings, "li", (node, { severity, message, fix }) => {
    node.dataset.severity = severity;
    node.replaceChildren(make("strong", { text: message }), make("span", { text: fix }));
  });
  show(part.findings, card.findings.length > 0);
  fillRows(part.rows, card.rows);
  setText(part.hash, card.sha256.slice(0, 12) + (card.sha256 ? "…" : ""));
  part.hash.title = card.sha256;
  part.copy.setAttribute("aria-label", say("copy_of", { name: card.title }));
  show(part.hashRow, card.sha256 !== "");
  for (const act of ACTS) {
    part.buttons[act].setAttribute("aria-label", `${say(act)}: ${card.title}`);
    showButton(part, act, Boolean(card.acts[act]));
  }
}

// A button that goes away while it has the focus hands it to the next one.
function showButton(part, act, visible) {
  const button = part.buttons[act];
  const had = !visible && document.activeElement === button;
  show(button, visible);
  if (had) {
    queueMicrotask(() => {
      const next = Object.values(part.buttons).find((other) => !other.hidden);
      (next ?? search).focus();
    });
  }
}

function fillList(parent, items, tag, put) {
  const wanted = JSON.stringify(items);
  if (parent.lui === wanted) return;
  parent.lui = wanted;
  while (parent.children.length > items.length) parent.lastChild.remove();
  items.forEach((item, place) => put(parent.children[place] ?? parent.appendChild(make(tag)), item));
}

// ---------------------------------------------------------------- what the buttons do

function press(part, act) {
  const button = part.buttons[act];
  if (button.getAttribute("aria-disabled") === "true") return;
  if (act === "try") {
    window.loraBoard?.add(part.name);
    trigger("try_it", { name: part.name });
    return;
  }
  button.setAttribute("aria-disabled", "true");
  part.pressed = setTimeout(() => release(part), WAIT_MS);
  trigger("act", { act, name: part.name });
}

function release(part) {
  clearTimeout(part.pressed);
  for (const button of Object.values(part.buttons)) button.removeAttribute("aria-disabled");
}

async function copy(part) {
  await toClipboard(part.card.sha256, part.copy);
  setText(part.copy, say("copied"));
  setTimeout(() => setText(part.copy, say("copy")), COPIED_MS);
}

// ---------------------------------------------------------------- additions under way

function drawJobs(found) {
  const wanted = JSON.stringify(found.map((job) => job.name));
  if (wanted !== jobs) {
    jobs = wanted;
    under_way.replaceChildren(
      ...found.map((job) =>
        make(
          "li",
          {},
          make("strong", { text: job.title }),
          make("span", { class: "lui-line" }),
          make("button", {
            type: "button",
            class: "lui-small",
            text: say("stop"),
            "aria-label": `${say("stop")}: ${job.title}`,
            onclick: () => trigger("act", { act: "stop", name: job.name }),
          }),
        ),
      ),
    );
  }
  found.forEach((job, place) => setText(under_way.children[place].children[1], job.line));
  show(under_way, found.length > 0);
}

// ---------------------------------------------------------------- search and drawing

function filter() {
  const parts = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const { box, card } of cards.values()) {
    const fits = parts.every((one) => card.search.includes(one));
    show(box, fits);
    found += fits;
  }
  setText(count, say(parts.length ? "count_found" : "count", { found, count: cards.size }));
  setText(none, cards.size ? say("no_match", { text: search.value }) : say("empty"));
  show(none, found === 0);
}

function draw() {
  const value = props.value;
  if (!value?.cards) return;
  drawJobs(value.jobs);
  const names = value.cards.map((text, place) => {
    const name = cardName(text);
    if (!cards.has(name)) cards.set(name, build(name));
    const part = cards.get(name);
    if (part.drawn !== text) {
      part.drawn = text;
      fill(part, JSON.parse(text));
    }
    if (list.children[place] !== part.box) list.insertBefore(part.box, list.children[place] ?? null);
    return name;
  });
  for (const [name, part] of cards) {
    if (names.includes(name)) continue;
    if (part.box.contains(document.activeElement)) search.focus();
    part.box.remove();
    cards.delete(name);
  }
  if (value.ended !== ended) {
    ended = value.ended;
    for (const part of cards.values()) release(part);
  }
  filter();
}

function cardName(text) {
  return JSON.parse(text).name;
}

watch("value", draw);
draw();
window.loraLinks?.join(
  "adapters",
  () => ({ search: search.value }),
  (fields) => {
    search.value = fields.search;
    filter();
  },
);
