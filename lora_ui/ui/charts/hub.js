// First part, in the strip's script, which runs as soon as the page is there: the one line to the
// server. Every second it asks for what is new; the views on the page that are shown draw it.

const TICK_MS = 1000;
const STALE_S = 2;

const hub = {
  views: new Set(), // each: { wants() -> the request's fields or null, take(reply, request) }
  reply: null,
  heard: 0, // performance.now() of the last reply
  busy: false,
  server,

  // Seconds since the newest figures were taken, or null when there never were any.
  age() {
    if (this.reply?.age_s == null) return null;
    return this.reply.age_s + (performance.now() - this.heard) / 1000;
  },

  stale() {
    const age = this.age();
    return age == null || age > STALE_S;
  },

  // The server's clock, in seconds since 1970.
  now() {
    return this.reply ? this.reply.time_s + (performance.now() - this.heard) / 1000 : Date.now() / 1000;
  },

  async tick() {
    if (this.busy || document.hidden) return;
    this.busy = true;
    try {
      const shown = [...this.views].filter((view) => view.shown());
      const request = Object.assign({}, ...shown.map((view) => view.wants()));
      const reply = await server.tick(request);
      if (!reply) return;
      this.reply = reply;
      this.heard = performance.now();
      for (const view of shown) view.take(reply, request);
    } catch {
      // The server cannot be reached. Gradio says so itself, and the figures grow stale.
    } finally {
      this.busy = false;
      for (const view of this.views) view.beat();
    }
  },
};

window.loraMemory = hub;

const beat = setInterval(() => {
  if (!element.isConnected) clearInterval(beat);
  else hub.tick();
}, TICK_MS);
document.addEventListener("visibilitychange", () => hub.tick());

function clock(time_s) {
  return new Date(time_s * 1000).toLocaleTimeString([], { hour12: false });
}
