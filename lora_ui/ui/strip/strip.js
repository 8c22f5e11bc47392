// The strip of live figures: plain text, bars and one small SVG line. It stands above the tabs.

const root = element.querySelector(".lui-strip");
const SVG = "http://www.w3.org/2000/svg";
const LINE = { width: 96, height: 22, points: 60 };
const trail = []; // the last values of the line, 0 … 1

const bar = make("i", { class: "lui-fill" });
const line = document.createElementNS(SVG, "polyline");
const drawing = document.createElementNS(SVG, "svg");
drawing.setAttribute("viewBox", `0 0 ${LINE.width} ${LINE.height}`);
drawing.setAttribute("aria-hidden", "true");
drawing.append(line);
const facts = make("dl", {});
const problem = make("span", { class: "lui-stale", role: "status" });
root.setAttribute("role", "group");
root.setAttribute("aria-label", say("title"));
root.append(make("span", { class: "lui-bar", "aria-hidden": "true" }, bar), drawing, facts, problem);

function drawTrail(share) {
  trail.push(share);
  if (trail.length > LINE.points) trail.shift();
  const step = LINE.width / (LINE.points - 1);
  const from = LINE.points - trail.length;
  const place = (value, index) =>
    `${((from + index) * step).toFixed(1)},${(LINE.height - 1 - value * (LINE.height - 2)).toFixed(1)}`;
  line.setAttribute("points", trail.map(place).join(" "));
}

function drawFacts(shown) {
  while (facts.children.length > shown.length) facts.lastChild.remove();
  shown.forEach(({ name, label, text, hint }, index) => {
    const part = facts.children[index] ?? facts.appendChild(make("div", {}, make("dt"), make("dd")));
    part.dataset.name = name;
    part.title = hint;
    setText(part.children[0], label);
    setText(part.children[1], text);
  });
}

hub.views.add({
  shown: () => element.isConnected,
  wants: () => ({}),
  take(reply) {
    const { share, facts: shown } = reply.strip;
    bar.style.width = `${(100 * (share ?? 0)).toFixed(1)}%`;
    if (share != null && !hub.stale()) drawTrail(share);
    drawFacts(shown);
  },
  beat() {
    const stale = hub.stale();
    root.classList.toggle("lui-is-stale", stale);
    const since = hub.reply?.sample_s;
    const words = since == null ? say("none") : say("stale", { time: clock(since) });
    setText(problem, stale ? words : (hub.reply?.problem ?? ""));
    show(problem, problem.textContent !== "");
  },
});
hub.tick();
