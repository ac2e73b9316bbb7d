// The theme's editor: what is typed shows in the page beside it at once. Without it, Preview does.
(() => {
  "use strict";
  const editor = document.querySelector("[data-theme-editor]");
  if (!editor) return;
  const form = editor.querySelector("form[data-draft]");
  const frame = editor.querySelector("iframe");
  const here = editor.dataset.themeEditor;
  const HEX = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i;

  const query = () => {
    const kept = [...new FormData(form)].filter(([name]) => name !== "csrf" && name !== "name");
    return new URLSearchParams(kept).toString();
  };
  const page = () => frame.contentDocument;
  // Colours and corners are a style sheet: only it is loaded again, so nothing flickers.
  const restyle = () => {
    const old = page()?.querySelector("link[href*='/theme/style']");
    if (!old) return;
    const fresh = old.cloneNode();
    fresh.href = `${here}/style?${query()}`;
    fresh.addEventListener("load", () => old.remove());
    old.after(fresh);
  };
  const rename = () => { frame.src = `${here}/preview?${query()}`; };
  const measure = () => htmx.ajax("GET", `${here}/contrast?${query()}`, { target: "#contrast", swap: "innerHTML" });

  const later = (act, wait) => {
    let due = 0;
    return () => { clearTimeout(due); due = setTimeout(act, wait); };
  };
  const soon = later(() => { restyle(); measure(); }, 120);
  const named = later(rename, 350);

  form.addEventListener("input", (event) => {
    const typed = event.target;
    if (typed.dataset.colourOf) document.getElementById(typed.dataset.colourOf).value = typed.value;
    const twin = editor.querySelector(`[data-colour-of="${typed.id}"]`);
    if (twin && HEX.test(typed.value)) {
      const digits = typed.value.replace("#", "");
      twin.value = `#${digits.length === 3 ? [...digits].map((d) => d + d).join("") : digits}`;
    }
    if (typed.name === "shop_name") named();
    else if (typed.name !== "name") soon();
  });

  // A picture is shown before it is sent.
  const logo = editor.querySelector("input[type=file]");
  logo.addEventListener("change", () => {
    const file = logo.files[0];
    const shop = page()?.querySelector(".shop");
    if (!file || !shop) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const picture = page().createElement("img");
      picture.className = "shop-logo";
      picture.alt = "";
      picture.src = reader.result;
      shop.replaceChildren(picture);
    });
    reader.readAsDataURL(file);
  });

  editor.querySelectorAll("[data-stage]").forEach((button) => button.addEventListener("click", () => {
    editor.querySelectorAll("[data-stage]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    frame.classList.toggle("theme-preview-phone", button.dataset.stage === "phone");
  }));
  editor.querySelectorAll("[data-no-script]").forEach((button) => { button.hidden = true; });
  editor.dataset.ready = "yes";
})();
