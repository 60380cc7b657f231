"""What the page of a player does. It reads its frames from the page itself and asks nothing of anybody."""

from __future__ import annotations

SCRIPT = """
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words, clips = data.clips, pictures = data.pictures;
  const find = (id) => document.getElementById(id);
  const canvas = find("canvas"), pen = canvas.getContext("2d"), scrub = find("scrub"), where = find("where");
  const play = find("play"), speed = find("speed"), loop = find("loop"), live = find("live");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let clip = 0, at = 0, playing = false, exact = 0, before = 0, asked = 0, open = false;

  // Pictures are decoded when they are wanted, and a few of them kept.
  const kept = new Map();
  function picture(i) {
    let one = kept.get(i);
    if (one === undefined) {
      const image = new Image();
      image.src = pictures[i];
      one = image.decode().then(() => image);
    }
    kept.delete(i);
    kept.set(i, one);
    if (kept.size > 48) kept.delete(kept.keys().next().value);
    return one;
  }

  const frames = () => clips[clip].frames;
  const last = () => frames().length - 1;
  const locked = () => clips[clip].ask !== null && !open;

  function show() {
    const frame = frames()[at], turn = ++asked;
    const wanted = frame.over < 0 ? [frame.whole] : [frame.whole, frame.over];
    Promise.all(wanted.map(picture)).then((images) => {
      if (turn !== asked) return;
      if (canvas.width !== clips[clip].width || canvas.height !== clips[clip].height) {
        canvas.width = clips[clip].width;
        canvas.height = clips[clip].height;
      }
      for (const image of images) pen.drawImage(image, 0, 0);
      canvas.dataset.shown = String(at);
    });
    for (let i = at + 1; i <= Math.min(at + 3, last()); i++) {
      picture(frames()[i].whole);
      if (frames()[i].over >= 0) picture(frames()[i].over);
    }
    scrub.value = String(at);
    scrub.setAttribute("aria-valuetext", frame.name);
    where.textContent = frame.name;
    canvas.setAttribute("aria-label", frame.alt);
    if (!playing) live.textContent = frame.alt;
  }

  function go(to) {
    at = Math.min(Math.max(to, 0), last());
    exact = at;
    show();
  }

  function say() {
    play.textContent = playing ? words.pause : words.play;
    play.setAttribute("aria-label", play.textContent);
  }

  function run(on) {
    if (on && locked()) { reveal(); return; }
    if (on && at === last()) go(0);
    playing = on;
    exact = at;
    before = 0;
    say();
    if (playing) requestAnimationFrame(tick);
    else show();
  }

  function tick(now) {
    if (!playing) return;
    if (before) exact += (now - before) / 1000 * clips[clip].rate * Number(speed.value);
    before = now;
    if (exact >= last() + 1 && loop.getAttribute("aria-pressed") === "true") exact %= last() + 1;
    const to = Math.min(Math.floor(exact), last());
    if (to !== at) { at = to; show(); }
    if (exact >= last() + 1 || (to === last() && loop.getAttribute("aria-pressed") !== "true")) run(false);
    else requestAnimationFrame(tick);
  }

  function reveal() {
    open = true;
    arrange();
    run(!still);
    play.focus();
  }

  function arrange() {
    const own = clips[clip];
    document.querySelectorAll("[data-clip]").forEach((part) => {
      part.hidden = Number(part.dataset.clip) !== clip;
    });
    document.querySelectorAll("[data-answer]").forEach((part) => { part.hidden = !open; });
    document.querySelectorAll("[data-reveal]").forEach((part) => { part.hidden = open; });
    document.querySelectorAll("[data-go]").forEach((part) => {
      part.setAttribute("aria-current", String(Number(part.dataset.go) === clip));
    });
    for (const id of ["first", "back", "forward", "end", "scrub"]) find(id).disabled = locked();
    scrub.max = String(own.frames.length - 1);
    if (find("previous")) {
      find("previous").disabled = clip === 0;
      find("next").disabled = clip === clips.length - 1;
    }
  }

  function choose(to) {
    if (to < 0 || to >= clips.length) return;
    playing = false;
    clip = to;
    open = false;
    arrange();
    say();
    go(clips[clip].opening);
    if (clips[clip].plays && !locked() && !still) run(true);
  }

  function page(by) {
    if (clips.length > 1) choose(clip + by);
    else if (!locked()) { run(false); go(at + 10 * by); }
  }

  function stepTo(to) {
    if (locked()) return;
    run(false);
    go(to);
  }

  play.addEventListener("click", () => run(!playing));
  scrub.addEventListener("input", () => stepTo(Number(scrub.value)));
  find("first").addEventListener("click", () => stepTo(0));
  find("back").addEventListener("click", () => stepTo(at - 1));
  find("forward").addEventListener("click", () => stepTo(at + 1));
  find("end").addEventListener("click", () => stepTo(last()));
  loop.addEventListener("click", () => {
    loop.setAttribute("aria-pressed", String(loop.getAttribute("aria-pressed") !== "true"));
  });
  find("look").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.look ? root.dataset.look === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.look = dark ? "light" : "dark";
  });
  document.querySelectorAll("[data-go]").forEach((part) => {
    part.addEventListener("click", () => choose(Number(part.dataset.go)));
  });
  document.querySelectorAll("[data-reveal]").forEach((part) => part.addEventListener("click", reveal));
  if (find("previous")) {
    find("previous").addEventListener("click", () => choose(clip - 1));
    find("next").addEventListener("click", () => choose(clip + 1));
  }

  function faster(by) {
    speed.selectedIndex = Math.min(Math.max(speed.selectedIndex + by, 0), speed.options.length - 1);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target, name = target.tagName;
    if (name === "SELECT" || name === "SUMMARY" || (name === "INPUT" && target.type !== "range")) return;
    const far = event.shiftKey ? 10 : 1;
    const keys = {
      " ": () => run(!playing), "k": () => run(!playing), "ArrowRight": () => stepTo(at + far),
      "ArrowLeft": () => stepTo(at - far), "ArrowUp": () => faster(1), "ArrowDown": () => faster(-1),
      "Home": () => stepTo(0), "End": () => stepTo(last()),
      "PageDown": () => page(1), "PageUp": () => page(-1),
    };
    const does = keys[event.key];
    if (!does || (name === "BUTTON" && event.key === " ")) return;
    event.preventDefault();
    does();
  });

  choose(0);
})();
"""
