(() => {
  let theme = null;
  try { theme = localStorage.getItem("eventstudy-theme"); } catch { /* files may have no storage */ }
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = theme || (dark ? "dark" : "light");
})();
