// Runs before the first paint, so that a dark page never flashes white. A file of its own, because the page's
// Content-Security-Policy allows no inline scripts.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("mockly.theme");
  } catch {
    // Storage is closed to us: the system's choice it is.
  }
  const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
})();
