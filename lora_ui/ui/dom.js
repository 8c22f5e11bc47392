// Small helpers that the custom views' scripts begin with. Such a script runs once, when Gradio has
// put its component on the page, with `words`, `element`, `props`, `trigger`, `watch` and `server` in reach.
// Text from a model, a catalog or a visitor is only ever set as textContent or value.

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

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

async function toClipboard(text, button) {
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
    button.focus();
  }
}

// Labels with their values, as a dl; rows is [[label, value], …]. Redrawn only when it differs.
function fillRows(list, rows) {
  const wanted = JSON.stringify(rows);
  if (list.lui === wanted) return;
  list.lui = wanted;
  list.replaceChildren(
    ...rows.flatMap(([label, text]) => [
      make("dt", { text: label }),
      make("dd", { text, class: /^[0-9a-f]{32,}$/.test(text) && "lui-mono" }),
    ]),
  );
}
