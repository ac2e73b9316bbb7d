// Runs before the first paint: "system" becomes light or dark, the narrow navigation stays narrow.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const wanted = root.dataset.theme;
    root.dataset.bsTheme = wanted === "system" ? (dark.matches ? "dark" : "light") : wanted;
  };
  dark.addEventListener("change", apply);
  new MutationObserver(apply).observe(root, { attributeFilter: ["data-theme"] });
  apply();
  const small = matchMedia("(max-width: 1179.98px)");
  const fold = () => {
    const chosen = localStorage.getItem("nav");
    if ((chosen ?? (small.matches ? "narrow" : "wide")) === "narrow") root.dataset.nav = "narrow";
    else delete root.dataset.nav;
  };
  small.addEventListener("change", fold);
  fold();
})();
