// Third part: what is seen of it: Copy link, the menu beside it, and the notices.

const COPIED_MS = 1400;
let flashed = ""; // what the button says for a moment
const bar = element.querySelector(".lui-links");
const notices = element.querySelector(".lui-link-notices");

const live = make("span", { class: "lui-offscreen", role: "status" });
const warning = make("p", { class: "lui-long", role: "status" });
const copyButton = make("button", { type: "button", class: "lui-copy-link", onclick: copyLink });
const summary = make("summary", { "aria-label": say("more"), title: say("more") });
const address = make("input", { type: "text", readonly: true, id: "link-address", onfocus: () => address.select() });
const runBox = make("input", { type: "checkbox", id: "link-run", onchange: () => drawLink(current()) });
const runRow = make(
  "label",
  { class: "lui-check", for: "link-run", title: say("run_hint") },
  runBox,
  make("span", { text: say("run") }),
);
const file = make("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: openFile });
const menu = make(
  "details",
  { class: "lui-link-menu" },
  summary,
  make(
    "div",
    {},
    make("label", { for: "link-address", text: say("address") }),
    address,
    runRow,
    make("button", { type: "button", class: "lui-save", text: say("save"), onclick: saveFile }),
    make("button", { type: "button", class: "lui-open", text: say("open"), onclick: () => file.click() }),
    file,
  ),
);
bar.append(warning, copyButton, menu, live);

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(bytes % 1024 ? 1 : 0)} KB`;
}

function link(now) {
  const query = runBox.checked && LINKS.tabs[tab].run ? toQuery({ ...now.fields, run: true }) : now.query;
  return `${location.origin}${location.pathname}?${query}`;
}

function drawLink(now) {
  setText(copyButton, flashed || say(now.isLong ? "file_instead" : "copy"));
  copyButton.title = say(now.isLong ? "file_hint" : "copy_hint");
  setText(warning, now.isLong ? say("long", { size: kilobytes(now.bytes), limit: kilobytes(LINKS.limit_bytes) }) : "");
  show(warning, now.isLong);
  show(runRow, Boolean(LINKS.tabs[tab].run) && !now.isLong);
  address.disabled = now.isLong;
  address.value = now.isLong ? "" : link(now);
}

async function copyLink() {
  const now = current();
  if (now.isLong) {
    saveFile();
    return;
  }
  await toClipboard(link(now), copyButton);
  flash(say("copied"));
}

function flash(text) {
  flashed = text;
  setText(live, text);
  drawLink(current());
if (location.search.length > 1) window.loraLinks.open(location.search);
  setTimeout(() => {
    flashed = "";
    drawLink(current());
if (location.search.length > 1) window.loraLinks.open(location.search);
  }, COPIED_MS);
}

function saveFile() {
  const text = toFile(current().fields);
  const stamp = new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-");
  const name = `lora-ui-${tab}-${stamp}.json`;
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const anchor = make("a", { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 30000);
  setText(live, say("saved", { name }));
}

async function openFile() {
  const [chosen] = file.files;
  file.value = "";
  if (!chosen) return;
  menu.open = false;
  if (chosen.size > LINKS.file_limit_bytes) {
    drawNotices([say("file_long", { found: chosen.size, limit: LINKS.file_limit_bytes })]);
    return;
  }
  try {
    trigger("open", { query: null, text: await chosen.text() });
  } catch {
    drawNotices([say("unread")]);
  }
}

function drawNotices(sentences) {
  notices.replaceChildren();
  if (!sentences.length) return;
  const dismiss = make("button", {
    type: "button",
    "aria-label": say("dismiss"),
    title: say("dismiss"),
    text: "×",
    onclick: () => {
      drawNotices([]);
      copyButton.focus();
    },
  });
  notices.append(
    make(
      "div",
      { role: "group", "aria-label": say("notices") },
      make("ul", { role: "status" }, ...sentences.map((text) => make("li", { text }))),
      dismiss,
    ),
  );
}

document.addEventListener("click", (event) => {
  if (!menu.contains(event.target)) menu.open = false;
});
menu.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  event.stopPropagation();
  menu.open = false;
  summary.focus();
});
menu.addEventListener("toggle", () => menu.open && drawLink(current()));

watch("value", () => take(props.value));
drawLink(current());
if (location.search.length > 1) window.loraLinks.open(location.search);
