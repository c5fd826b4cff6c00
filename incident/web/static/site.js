// Live updates and small comforts. Everything works without this file.
(() => {
  "use strict";
  const zone = document.documentElement;
  const started = performance.now();
  let serverNow = Number(zone.dataset.now) * 1000;
  let readAt = started;
  const now = () => serverNow + (performance.now() - readAt);

  // "5 minutes ago" stays true while the page stands open.
  const words = new Intl.RelativeTimeFormat(zone.lang, { numeric: "always" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const refreshTimes = () => {
    for (const element of document.querySelectorAll("time[data-rel]")) {
      const seconds = (Date.parse(element.dateTime) - now()) / 1000;
      if (Math.abs(seconds) > 30 * 86400) continue;
      const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length * 1.5) || units[3];
      element.textContent = words.format(Math.round(seconds / size), unit);
    }
    const [days, hours, minutes] = (zone.dataset.spans || "").split("|");
    for (const element of document.querySelectorAll("time[data-left]")) {
      const total = Math.floor(Math.abs(Date.parse(element.dateTime) - now()) / 60000);
      const h = Math.floor(total / 60);
      const shape = h >= 48 ? days : h ? hours : minutes;
      if (shape) element.textContent = shape.replace("{d}", Math.floor(h / 24)).replace("{h}", h >= 48 ? h % 24 : h).replace("{m}", total % 60);
    }
  };
  setInterval(refreshTimes, 20000);

  // A section somebody is writing in is left alone.
  const chosen = (select) => Math.max(0, [...select.options].findIndex((option) => option.defaultSelected));
  const busy = (section) =>
    section.contains(document.activeElement) && document.activeElement.matches("input, textarea, select") ||
    [...section.querySelectorAll("input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea")].some((field) => field.value !== field.defaultValue) ||
    [...section.querySelectorAll("select")].some((select) => select.selectedIndex !== chosen(select));

  const replace = (section, fresh) => {
    const open = new Map([...section.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
    const focused = section.contains(document.activeElement) ? document.activeElement.id : "";
    for (const one of fresh.querySelectorAll("details[id]")) if (open.has(one.id)) one.open = open.get(one.id);
    if (section.innerHTML === fresh.innerHTML) return;
    section.innerHTML = fresh.innerHTML;
    section.className = fresh.className;
    section.classList.remove("fresh");
    void section.offsetWidth;
    section.classList.add("fresh");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };

  let reading = false;
  let again = false;
  const readAgain = async () => {
    if (reading) { again = true; return; }
    reading = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" }, credentials: "same-origin" });
      if (answer.status === 401) { location.reload(); return; }
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        serverNow = Number(page.documentElement.dataset.now) * 1000;
        readAt = performance.now();
        document.title = page.title;
        for (const section of document.querySelectorAll("[data-live]")) {
          const fresh = page.getElementById(section.id);
          if (fresh && !busy(section)) replace(section, fresh);
        }
      }
    } catch { /* the stream says when the server is back */ }
    reading = false;
    if (again) { again = false; setTimeout(readAgain, 500); }
  };

  const stream = document.body.dataset.stream;
  const state = document.querySelector("[data-live-state]");
  if (stream && window.EventSource) {
    const say = (on) => {
      state.textContent = on ? state.dataset.on : state.dataset.off;
      state.classList.toggle("is-off", !on);
    };
    let lost = false;
    const source = new EventSource(stream);
    source.addEventListener("open", () => { say(true); if (lost) readAgain(); lost = false; });
    source.addEventListener("error", () => { lost = true; setTimeout(() => { if (lost) say(false); }, 5000); });
    source.addEventListener("changed", readAgain);
    setInterval(readAgain, 60000);
    addEventListener("pagehide", () => source.close());
  }

  // A second click while the first is on its way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 5000);
  });

  // A link to a task opens the phase it stands in.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let one = target && target.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // The report is as high as it needs to be.
  for (const frame of document.querySelectorAll("iframe[data-fit]")) {
    const fit = () => {
      const inside = frame.contentDocument?.documentElement;
      if (inside) frame.style.height = `${inside.scrollHeight + 4}px`;
    };
    frame.addEventListener("load", fit);
    addEventListener("resize", fit);
    fit();
  }
})();
