// Pausing the list of what comes in, and keeping it short.
(() => {
  const MOST = 200;
  const feed = document.getElementById("feed");
  const button = document.getElementById("pause");
  const mark = document.getElementById("live-mark");
  const pause = button.textContent;
  let paused = false;
  let missed = 0;

  document.addEventListener("htmx:sse:before:message", (event) => {
    if (!paused) return;
    event.preventDefault();
    missed += (event.detail.message.data.match(/<details/g) || []).length;
    button.textContent = missed ? `${button.dataset.resume} (${missed} new)` : button.dataset.resume;
  });
  document.addEventListener("htmx:sse:after:message", () => {
    while (feed.children.length > MOST) feed.lastElementChild.remove();
  });
  button.addEventListener("click", async () => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    button.textContent = paused ? button.dataset.resume : pause;
    mark.textContent = paused ? "Paused" : "Live";
    mark.classList.toggle("mark-good", !paused);
    if (!paused && missed) {
      missed = 0;
      htmx.ajax("GET", location.pathname + location.search, { target: "#feed", swap: "innerHTML" });
    }
  });
})();
