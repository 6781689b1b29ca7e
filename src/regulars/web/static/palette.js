// The search in the top bar: opens below it as one types, and is walked through with the arrow keys.
(() => {
  const input = document.getElementById("search");
  const found = document.getElementById("found");
  if (!input || !found) return;
  const links = () => [...found.querySelectorAll("a[href]")];
  const shut = () => { found.hidden = true; };

  input.addEventListener("input", () => { if (!input.value.trim()) shut(); });
  input.addEventListener("focus", () => { if (input.value.trim() && found.childElementCount) found.hidden = false; });
  document.addEventListener("htmx:after:swap", () => {
    if (document.activeElement === input && input.value.trim()) found.hidden = false;
  });
  document.addEventListener("keydown", (event) => {
    const inside = found.contains(event.target);
    if (found.hidden || !(inside || event.target === input)) return;
    if (event.key === "Escape") {
      event.preventDefault();
      shut();
      input.focus();
      shut();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const all = links();
      const at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      (at < 0 ? input : all[Math.min(at, all.length - 1)] ?? input).focus();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".search, #found")) shut();
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(".search, #found")) shut();
  });
})();
