"use strict";
// Moves through the steps of the film. All text goes in as text, never as markup.
(() => {
  const film = JSON.parse(document.getElementById("film").textContent);
  const steps = film.steps;
  const last = steps.length - 1;
  const shapes = 8;
  let at = 0;

  const byId = (id) => document.getElementById(id);
  const lines = new Map();
  for (const line of document.querySelectorAll("[data-place]")) lines.set(line.dataset.place, line);
  const rows = steps.map((_, number) => byId(`step-${number + 1}`));
  const locks = [...new Set(steps.flatMap((step) => [
    ...step.held.map((held) => held[1]), ...step.waits.map((wait) => wait[3])]))].filter(Boolean);

  function element(tag, name, ...content) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...content);
    return made;
  }

  function letter(thread) {
    let letters = "";
    for (let left = thread + 1; left; left = Math.floor((left - 1) / 26))
      letters = String.fromCharCode(65 + (left - 1) % 26) + letters;
    return letters;
  }

  const badge = (thread) => element("span", `badge shape${thread % shapes}`, letter(thread));
  const places = (step) => `${step.file}:${step.line}`;

  // -- what holds after a step --------------------------------------------------------------------

  function stateAt(number) {
    const state = { places: new Map(), ended: new Set(), values: new Map(film.variables) };
    for (const step of steps.slice(0, number + 1)) {
      if (!step.fails || !step.waits.length) state.places.set(step.thread, step);
      if (step.kind === "end") state.ended.add(step.thread);
      for (const [name, , value] of step.changed) state.values.set(name, value);
    }
    return state;
  }

  function doing(thread, step, state) {
    const wait = step.waits.find((entry) => entry[0] === thread);
    if (wait) return `waits ${wait[1]}`;
    if (state.ended.has(thread)) return "has ended";
    if (!state.places.has(thread)) return "has not begun";
    return thread === step.thread ? "runs" : "could go on";
  }

  // -- drawing --------------------------------------------------------------------------------------

  function drawMarks(step, state) {
    for (const line of lines.values()) {
      line.firstElementChild.replaceChildren();
      line.classList.remove("here", "wrong");
    }
    for (const [thread, where] of state.places) {
      const line = lines.get(places(where));
      if (!line || (state.ended.has(thread) && thread !== step.thread)) continue;
      line.firstElementChild.append(badge(thread));
    }
    const line = lines.get(places(step));
    if (!line) return;
    line.classList.add(step.fails ? "wrong" : "here");
    reveal(byId("code"), line);
  }

  function drawThreads(step, state) {
    byId("threads").replaceChildren(...film.threads.map((name, thread) => {
      const words = doing(thread, step, state);
      const item = element("li", thread === step.thread ? "running" : words.startsWith("waits") ? "waiting" : "");
      const where = state.places.get(thread);
      item.append(badge(thread), " ", element("span", "name", name), " ", element("span", "doing", words));
      if (where && !state.ended.has(thread)) item.append(element("span", "where", ` line ${where.line}`));
      const held = step.held.filter((entry) => entry[0] === thread).map((entry) => entry[1]);
      if (held.length) item.append(element("span", "holds", `holds ${held.join(", ")}`));
      return item;
    }));
  }

  function drawLocks(step) {
    byId("locks-part").hidden = !locks.length;
    byId("locks").replaceChildren(...locks.map((lock) => {
      const holder = step.held.find((entry) => entry[1] === lock);
      const waiting = step.waits.filter((entry) => entry[3] === lock);
      const holding = element("td", "", ...(holder ? [badge(holder[0])] : ["nobody"]));
      const wanting = element("td", "", ...(waiting.length ? waiting.map((entry) => badge(entry[0])) : ["nobody"]));
      const name = element("th", "", lock);
      name.scope = "row";
      return element("tr", "", name, holding, wanting);
    }));
  }

  function drawVariables(step, state) {
    const changed = new Map(step.changed.map(([name, old]) => [name, old]));
    byId("variables").replaceChildren(...film.variables.map(([name]) => {
      const heading = element("th", "", name);
      heading.scope = "row";
      const value = element("td", "", state.values.get(name) || "not there yet");
      if (!state.values.get(name)) value.classList.add("nothing");
      if (changed.has(name)) value.prepend(element("del", "", changed.get(name) || "nothing"), " \u2192 ");
      return element("tr", changed.has(name) ? "changed" : "", heading, value);
    }));
    const row = document.querySelector("#variables .changed");
    if (row) reveal(byId("values"), row);
  }

  function drawRow(number) {
    for (const row of document.querySelectorAll("tr[aria-current]")) row.removeAttribute("aria-current");
    rows[number].setAttribute("aria-current", "step");
    reveal(byId("steps"), rows[number]);
  }

  // Scrolls the box alone: the page stays where the reader has it.
  function reveal(box, inside) {
    const outer = box.getBoundingClientRect();
    const inner = inside.getBoundingClientRect();
    const room = outer.height / 4;
    if (inner.top < outer.top + room || inner.bottom > outer.bottom - room)
      box.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
  }

  function words(number) {
    const step = steps[number];
    const file = film.files[step.file];
    const who = `${letter(step.thread)}, ${film.threads[step.thread]}`;
    const turn = step.fails ? ", the failure" : step.switch ? `, a switch to ${letter(step.thread)}` : "";
    const changes = step.changed.map(([name, old, value]) => ` ${name}: ${old || "nothing"} becomes ${value || "nothing"}.`);
    return `Step ${number + 1} of ${steps.length}${turn}. ${who}, ${file.name} line ${step.line}: ${step.text}.${changes.join("")}`;
  }

  function show(number) {
    at = Math.max(0, Math.min(last, number));
    const step = steps[at];
    const state = stateAt(at);
    drawMarks(step, state);
    drawThreads(step, state);
    drawLocks(step);
    drawVariables(step, state);
    drawRow(at);
    byId("now").textContent = words(at);
    for (const id of ["start", "previous-switch", "back"]) byId(id).setAttribute("aria-disabled", at === 0);
    for (const id of ["forward", "next-switch", "failure"]) byId(id).setAttribute("aria-disabled", at === last);
    document.documentElement.dataset.step = at + 1;
  }

  // -- moving ---------------------------------------------------------------------------------------

  function nextSwitch() {
    const found = steps.findIndex((step, number) => number > at && step.switch);
    return found < 0 ? last : found;
  }

  function previousSwitch() {
    for (let number = at - 1; number > 0; number--) if (steps[number].switch) return number;
    return 0;
  }

  const moves = {
    "start": () => 0, "failure": () => last,
    "back": () => at - 1, "forward": () => at + 1,
    "previous-switch": previousSwitch, "next-switch": nextSwitch,
  };
  const keys = {
    "Home": "start", "End": "failure", "ArrowLeft": "back", "ArrowRight": "forward",
    "[": "previous-switch", "]": "next-switch",
  };

  for (const [id, move] of Object.entries(moves)) byId(id).addEventListener("click", () => show(move()));

  document.addEventListener("keydown", (event) => {
    // On some keyboards the brackets are typed with AltGr, which counts as Ctrl and Alt.
    const bracket = event.key === "[" || event.key === "]";
    if (event.metaKey || (!bracket && (event.ctrlKey || event.altKey || event.shiftKey))) return;
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    show(moves[keys[event.key]]());
  });

  byId("steps").addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr");
    if (!row || (!event.target.closest("a") && String(getSelection()))) return;
    event.preventDefault();
    show(rows.indexOf(row));
  });

  const asked = () => Number((/^#step-(\d+)$/.exec(location.hash) || [0, 1])[1]) - 1;
  addEventListener("hashchange", () => show(asked()));

  document.documentElement.classList.add("steps-through");
  for (const id of ["controls", "standing", "keys"]) byId(id).hidden = false;
  byId("variables-part").hidden = !film.variables.length;
  byId("end").hidden = true;
  show(asked());
})();
