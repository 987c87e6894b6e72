"use strict";
(async () => {
  const PAGE = 50;
  const $ = (id) => document.getElementById(id);
  const el = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined && text !== null) node.textContent = text;
    return node;
  };

  const unfold = async () => {
    const packed = Uint8Array.from(atob($("data").textContent), (char) => char.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };

  // Words with their places, to find what a sentence has from its source.
  const words = (text) => [...text.matchAll(/[\p{L}\p{N}%'’-]+/gu)].map((match) => ({
    word: match[0].toLowerCase().replace("’", "'"), start: match.index, end: match.index + match[0].length,
  }));

  // Runs of at least three words of `text` that stand in one of `sources`, as [start, end].
  const shared = (text, sources, least) => {
    const own = words(text);
    const texts = sources.map((source) => " " + words(source).map((one) => one.word).join(" ") + " ");
    const runs = [];
    for (let at = 0; at < own.length;) {
      let length = 0;
      while (at + length < own.length) {
        const run = " " + own.slice(at, at + length + 1).map((one) => one.word).join(" ") + " ";
        if (!texts.some((source) => source.includes(run))) break;
        length += 1;
      }
      if (length >= least) runs.push([own[at].start, own[at + length - 1].end]);
      at += Math.max(1, length >= least ? length : 1);
    }
    return runs;
  };

  const marked = (parent, text, runs, className) => {
    let at = 0;
    for (const [start, end] of runs) {
      if (start < at) continue;
      parent.append(text.slice(at, start));
      parent.append(el("mark", className, text.slice(start, end)));
      at = end;
    }
    parent.append(text.slice(at));
  };

  const showTurn = (turn) => {
    const box = el("div", "turn");
    const said = el("div", "visitor");
    const quotes = Object.values(turn.facts).map((fact) => fact[1]).filter(Boolean);
    const places = quotes.map((quote) => [turn.said.indexOf(quote), quote.length])
      .filter(([start]) => start >= 0).map(([start, length]) => [start, start + length]);
    places.sort((one, other) => one[0] - other[0]);
    marked(said, turn.said, places, "fact");
    box.append(said);
    const answer = el("div", "answer");
    if (turn.verdict) {
      const points = turn.scores
        ? ` (freelancers ${turn.scores.freelancers}, full-time ${turn.scores.full_time})` : "";
      answer.append(el("strong", "", turn.verdict), el("span", "dim", points + " · "));
    } else {
      answer.append(el("span", "dim", turn.kind + " · "));
    }
    for (const sentence of turn.sentences) {
      const sources = turn.citations.filter((one) => sentence.citations.includes(one[0])).map((one) => one[2]);
      marked(answer, sentence.text, shared(sentence.text, sources, 3), "");
      answer.append(el("span", "dim", sentence.citations.map((number) => ` [${number}]`).join("") + " "));
    }
    if (turn.degraded) answer.append(el("span", "miss", "degraded "));
    if (turn.question) answer.append(el("em", "dim", turn.question));
    box.append(answer);
    if (turn.citations.length) {
      const sources = el("ul", "sources");
      for (const [number, section, quote] of turn.citations) {
        sources.append(el("li", "", `[${number}] ${section}: “${quote}”`));
      }
      box.append(sources);
    }
    const facts = Object.entries(turn.facts);
    if (facts.length) {
      const pills = el("ul", "pills");
      for (const [name, [value, quote]] of facts) {
        const points = turn.reasons.filter((reason) => reason[0] === name)
          .map((reason) => `${reason[2].freelancers || 0}/${reason[2].full_time || 0}`);
        const item = el("li", "", `${name} = ${value}`);
        item.append(el("span", "dim", ` “${quote}” ${points.length ? "· points " + points.join(", ") : ""}`));
        pills.append(item);
      }
      box.append(pills);
    }
    return box;
  };

  const showSide = (one, title) => {
    const side = el("div");
    if (title) side.append(el("h3", "", title));
    if (one.error) side.append(el("p", "miss", one.error));
    if (one.passages) side.append(el("p", "sources", "Found: " + one.passages.join(", ")));
    for (const turns of one.conversations) for (const turn of turns) side.append(showTurn(turn));
    const why = el("ul", "why");
    for (const [metric, hits, of, told, missed] of one.measures) {
      if (!missed && !of && !told) continue;
      const value = of ? (hits / of).toFixed(of === 1 && (hits === 0 || hits === 1) ? 0 : 2) : "unscored";
      const item = el("li", missed ? "miss" : "");
      item.append(el("strong", "", `${metric} ${value}`), told ? ` ${told}` : "");
      why.append(item);
    }
    side.append(why);
    return side;
  };

  const showCase = (one) => {
    const box = el("details", "case");
    const head = el("summary");
    head.append(el("span", "id", one.id), el("span", "said", one.said || "(nothing)"),
      el("span", "got " + (one.failed.length ? "miss" : "fine"), one.got));
    box.append(head);
    box.addEventListener("toggle", () => {
      if (!box.open || box.dataset.filled) return;
      box.dataset.filled = "yes";
      const about = [one.dataset, one.split, one.target, ...Object.values(one.groups)].join(" · ");
      box.append(el("p", "dim", about + (one.epoch > 1 ? ` · repetition ${one.epoch}` : "")));
      const wanted = el("p");
      wanted.append(el("strong", "", "Right: "), one.expected, el("br"), el("strong", "", "Got: "), one.got);
      if (one.before_got) wanted.append(el("span", "dim", ` (before: ${one.before_got})`));
      box.append(wanted);
      if (one.flips.length) box.append(el("p", "miss", "Changed: " + one.flips.join(", ")));
      const sides = el("div", "sides");
      if (one.before) sides.append(showSide(one.before, "Before"));
      sides.append(showSide(one, one.before ? "Now" : ""));
      box.append(sides);
    });
    return box;
  };

  const cases = await unfold();
  const fill = (id, values) => {
    for (const value of [...new Set(values)].sort()) $(id).append(new Option(value, value));
  };
  fill("f-dataset", cases.map((one) => one.dataset));
  fill("f-target", cases.map((one) => one.target));
  fill("f-metric", cases.flatMap((one) => one.failed));

  let found = [];
  let shown = 0;
  const more = () => {
    for (const one of found.slice(shown, shown + PAGE)) $("list").append(showCase(one));
    shown = Math.min(found.length, shown + PAGE);
    $("more").hidden = shown >= found.length;
    $("count").textContent = `${found.length} of ${cases.length} cases, ${shown} shown`;
  };
  const filter = () => {
    const [dataset, target, status, metric] = ["f-dataset", "f-target", "f-status", "f-metric"].map((id) => $(id).value);
    const text = $("f-text").value.trim().toLowerCase();
    found = cases.filter((one) => (!dataset || one.dataset === dataset) && (!target || one.target === target)
      && (status === "all" || (status === "failed" && one.failed.length) || (status === "right" && !one.failed.length)
        || (status === "flipped" && one.flips.length))
      && (!metric || one.failed.includes(metric))
      && (!text || one.id === text || one.said.toLowerCase().includes(text)));
    shown = 0;
    $("list").replaceChildren();
    more();
  };
  $("filters").addEventListener("input", filter);
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("more").addEventListener("click", more);
  for (const button of document.querySelectorAll("[data-case]")) {
    button.addEventListener("click", () => {
      $("f-status").value = "all";
      for (const id of ["f-dataset", "f-target", "f-metric"]) $(id).value = "";
      $("f-text").value = button.dataset.case;
      filter();
      const first = $("list").firstElementChild;
      if (first) { first.open = true; first.scrollIntoView(); first.querySelector("summary").focus(); }
    });
  }
  filter();
})();
