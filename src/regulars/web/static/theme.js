// Before the first paint: what the person chose (the server wrote it), else what the device wants, as it changes.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if (!root.hasAttribute("data-chosen")) root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  root.classList.add("js");
  dark.addEventListener("change", follow);
  follow();
  window.followDevice = follow;
})();
