// What makes the pages quicker by hand. Everything works without it, but slower.
(() => {
  const root = document.documentElement;
  const csrf = document.querySelector("meta[name=csrf]").content;
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  let waiting = 0;
  let led = false;

  // --- the keyboard
  document.addEventListener("keydown", (event) => {
    const search = document.getElementById("search");
    if (search && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      search.focus();
      search.select();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "?") {
      document.getElementById("help")?.togglePopover();
    } else if (led) {
      const link = document.querySelector(`.nav-entry[data-key="${CSS.escape(event.key)}"]`);
      if (link) location.href = link.href;
      led = false;
    } else if (event.key === "g") {
      led = true;
      setTimeout(() => { led = false; }, 1200);
    }
  });

  // --- light and dark, without a new page
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    fetch(form.action, { method: "POST", redirect: "manual", body: new URLSearchParams({ theme, csrf }) });
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.submitter));
    root.toggleAttribute("data-chosen", theme !== "");
    if (theme) root.dataset.bsTheme = theme;
    else window.followDevice();
    document.dispatchEvent(new Event("themechange"));
  });

  // --- small helps: submit at once, copy, close
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    const close = event.target.closest("[data-close]");
    if (copy) {
      const field = document.getElementById(copy.dataset.copy);
      field.select();
      navigator.clipboard?.writeText(field.value).then(() => say("Copied.", "success"));
    }
    if (close) document.getElementById(close.dataset.close)?.remove() ?? close.closest(".notice")?.remove();
  });

  // --- what loads, and what goes wrong with it
  const busy = (step) => {
    waiting = Math.max(0, waiting + step);
    root.classList.toggle("busy", waiting > 0);
  };
  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["X-CSRF-Token"] = csrf;
  });
  // What a page waits for; a stream of news is open all the time.
  const counts = (event) => !event.detail.ctx?.sourceElement?.hasAttribute("hx-sse:connect");
  document.addEventListener("htmx:before:request", (event) => { if (counts(event)) busy(1); });
  document.addEventListener("htmx:finally:request", (event) => { if (counts(event)) busy(-1); });
  document.addEventListener("htmx:before:swap", (event) => {
    const status = event.detail.ctx?.response?.status ?? 200;
    if (status < 400) return;
    // What was there stays; the fault is said beside it.
    event.preventDefault();
    say(status === 429 ? "Too many tries. Wait a moment." : "That could not be loaded. Try again in a moment.");
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.response) return;
    say("The server cannot be reached. Is the connection there?");
  });

  function say(words, kind = "danger") {
    const note = document.createElement("div");
    note.className = `notice notice-${kind}`;
    note.textContent = words;
    document.getElementById("toasts").replaceChildren(note);
    setTimeout(() => note.remove(), 8000);
  }
  window.say = say;
})();
