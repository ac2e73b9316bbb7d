// What the pages need beyond HTML and htmx. No page depends on it to be read or to act.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const word = (name) => one("#words")?.dataset[name] ?? "";

  // ---- Short messages in the corner ----
  const toast = (text, bad = false, retry = null) => {
    const note = document.createElement("div");
    note.className = `toast-note toast-${bad ? "declined" : "accepted"}`;
    const line = document.createElement("span");
    line.textContent = text;
    note.append(icon(bad ? "alert-circle" : "check"), line);
    if (retry) {
      const again = document.createElement("button");
      again.type = "button";
      again.textContent = word("retry");
      again.addEventListener("click", () => { note.remove(); retry(); });
      note.append(again);
    }
    one("#toasts").append(note);
    fade(note);
  };
  const fade = (note) => setTimeout(() => note.remove(), note.querySelector("button") ? 15000 : 5000);
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
    svg.append(use);
    return svg;
  };

  // Without HTTPS a browser has no clipboard of its own to write to; a marked text is copied instead.
  const copy = (text) => {
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text).then(() => toast(word("copied")));
      return;
    }
    const held = document.createElement("textarea");
    held.value = text;
    (one("dialog[open]") ?? document.body).append(held);
    held.select();
    if (document.execCommand("copy")) toast(word("copied"));
    held.remove();
  };

  // ---- Hints on hover and focus ----
  const tip = one("#tip");
  const showTip = (target) => {
    const narrow = root.dataset.nav === "narrow" ? target.dataset.tipNarrow : "";
    const text = target.dataset.tip || narrow;
    if (!text) return;
    tip.textContent = text;
    tip.hidden = false;
    const box = target.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left), innerWidth - tip.offsetWidth - 8);
    const below = box.bottom + 6 + tip.offsetHeight < innerHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${below ? box.bottom + 6 : box.top - tip.offsetHeight - 6}px`;
  };
  const tipped = "[data-tip],[data-tip-narrow]";
  document.addEventListener("mouseover", (event) => {
    const target = event.target.closest(tipped);
    if (target) showTip(target); else tip.hidden = true;
  });
  document.addEventListener("focusin", (event) => {
    const target = event.target.closest(tipped);
    if (target && target.matches(":focus-visible")) showTip(target); else tip.hidden = true;
  });
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  // ---- Side panel and windows ----
  const panel = one("#panel");
  let opener = null;
  const open = (dialog, from) => {
    if (!dialog || dialog.open) return;
    opener = from ?? document.activeElement;
    dialog.showModal();
  };
  const comeBack = () => {
    const twin = all("a[data-panel]").find((link) => link.getAttribute("href") === opener?.getAttribute("href"));
    (opener?.isConnected ? opener : twin ?? one("#main"))?.focus({ preventScroll: true });
  };
  all("dialog").forEach((dialog) => {
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", comeBack);
  });
  // What opened a panel may be drawn anew before or after it closes: its twin is focused then.
  document.addEventListener("htmx:afterSwap", (event) => {
    const lost = opener && !opener.isConnected && document.activeElement === document.body;
    if (event.detail.target.id !== "record" || !lost || one("dialog[open]")) return;
    comeBack();
    opener = null;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "panel-body") return;
    open(panel, event.detail.requestConfig.elt);
    const first = one("[autofocus]", panel) ?? one("input:not([type=hidden]),select,textarea", panel);
    first?.focus();
    if (first?.matches("[data-places]")) first.select();
  });
  document.addEventListener("panel-close", () => panel?.close());
  document.addEventListener("toast-next", (event) => sessionStorage.setItem("toast", event.detail.value ?? ""));
  const kept = sessionStorage.getItem("toast");
  sessionStorage.removeItem("toast");
  if (kept) toast(kept);
  document.addEventListener("toast", (event) => toast(event.detail.value ?? event.detail.text, event.detail.bad));

  // ---- Acts named by data-act ----
  const acts = {
    close: (target) => { const dialog = target.closest("dialog"); if (dialog) dialog.close(); else history.back(); },
    keys: () => open(one("#keys")),
    nav: (target) => {
      const narrow = root.dataset.nav !== "narrow";
      if (narrow) root.dataset.nav = "narrow"; else delete root.dataset.nav;
      localStorage.setItem("nav", narrow ? "narrow" : "wide");
      target.setAttribute("aria-expanded", String(!narrow));
    },
    drawer: () => { root.dataset.drawer = "open"; one("#nav a")?.focus(); },
    reveal: (target) => {
      const input = one("input", target.closest("[data-password]"));
      input.type = input.type === "password" ? "text" : "password";
      target.setAttribute("aria-pressed", String(input.type === "text"));
    },
    generate: (target) => {
      const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
      const draw = () => [...crypto.getRandomValues(new Uint32Array(18))].map((n) => letters[n % letters.length]).join("");
      let made = draw();
      while (!(/[a-z]/.test(made) && /[A-Z]/.test(made) && /\d/.test(made))) made = draw();
      all("[data-password] input[autocomplete=new-password]", target.closest("form")).forEach((input) => {
        input.value = made;
        input.type = "text";
      });
    },
  };
  document.addEventListener("click", (event) => {
    const actor = event.target.closest("[data-act]");
    if (actor && actor.dataset.act in acts) acts[actor.dataset.act](actor);
    const copied = event.target.closest("[data-copy]");
    if (copied) copy(copied.dataset.copy);
    if (root.dataset.drawer && !event.target.closest("#nav,[data-act=drawer]")) delete root.dataset.drawer;
    all("details.drop[open]").forEach((drop) => { if (!drop.contains(event.target)) drop.open = false; });
  });

  // ---- Rows: a click opens, a middle click opens beside, j k Enter x ----
  const follow = (row, beside) => {
    if (beside) window.open(row.dataset.href, "_blank", "noopener"); else location.assign(row.dataset.href);
  };
  const rowOf = (event) => event.target.closest("a,button,input,label,summary,select") ? null : event.target.closest("tr[data-href]");
  document.addEventListener("click", (event) => {
    const row = rowOf(event);
    if (row && !String(getSelection())) follow(row, event.ctrlKey || event.metaKey);
  });
  document.addEventListener("auxclick", (event) => {
    const row = event.button === 1 ? rowOf(event) : null;
    if (row) follow(row, true);
  });
  const step = (by) => {
    const rows = all("table[data-rows] tbody tr[data-href]");
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.classList.contains("at"));
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    rows[at]?.classList.remove("at");
    next.classList.add("at");
    next.scrollIntoView({ block: "nearest" });
    one("a", next)?.focus({ preventScroll: true });
  };

  // ---- Keyboard ----
  const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]),textarea,select,[contenteditable]");
  const single = {
    "/": () => one("#search")?.focus(),
    "?": () => acts.keys(),
    j: () => step(1),
    k: () => step(-1),
    f: () => one("[data-filter-focus]")?.focus(),
    x: () => one("tr.at")?.classList.toggle("marked"),
    Enter: () => one("tr.at") && follow(one("tr.at"), false),
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      one("#search")?.focus();
      return;
    }
    if (event.key === "Escape") {
      delete root.dataset.drawer;
      all("details.drop[open]").forEach((drop) => { drop.open = false; one("summary", drop).focus(); });
      if (event.target.id === "search") event.target.blur();
    }
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!plain || typing(event.target) || one("dialog[open]") || localStorage.getItem("keys") === "off") return;
    if (event.key === "Enter" && event.target.closest("a,button,summary")) return;
    if (event.key in single) { event.preventDefault(); single[event.key](); }
  });
  const switchKeys = one("[data-act=keys-on]");
  if (switchKeys) {
    switchKeys.checked = localStorage.getItem("keys") !== "off";
    switchKeys.addEventListener("change", () => localStorage.setItem("keys", switchKeys.checked ? "on" : "off"));
  }

  // ---- Forms: choices that apply at once, and one click does one thing ----
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-submit]")) return;
    const form = event.target.form;
    if (form.matches("[data-look]")) {
      root.dataset.theme = form.elements.theme.value;
      root.dataset.density = form.elements.density.value;
      fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
    } else form.requestSubmit();
  });
  const busy = (form, on) => all("[data-once]", form).forEach((button) => {
    if (on) button.dataset.busy = ""; else delete button.dataset.busy;
    button.setAttribute("aria-disabled", String(on));
  });
  // The address may have changed since the frame was drawn: forms of the frame go by the present one.
  const upToDate = (form) => {
    const here = new URL(location.href);
    if (form.elements.back) form.elements.back.value = here.pathname + here.search;
    if (!form.matches(".switcher[method=get]") || form.getAttribute("action") !== here.pathname) return;
    all("input[type=hidden]", form).forEach((kept) => kept.remove());
    here.searchParams.forEach((value, name) => {
      if (name === "cursor" || name in form.elements) return;
      const kept = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      form.append(kept);
    });
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.closest(".bar")) upToDate(form);
    if (form.dataset.sent === "yes") { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (form.method !== "post" || form.matches("[data-look]")) return;
    form.dataset.sent = "yes";
    busy(form, true);
  }, true);
  const release = (form) => { if (form?.dataset) { delete form.dataset.sent; busy(form, false); } };
  document.addEventListener("htmx:afterRequest", (event) => release(event.detail.elt.closest("form")));
  addEventListener("pageshow", () => all("form").forEach(release));

  // An error that names a field marks it, stands beside it too, and goes there.
  const sayBeside = (input, text) => {
    one(".field-error", input.closest(".field") ?? input.form)?.remove();
    const field = input.closest(".field");
    if (!field || !text) return;
    const line = Object.assign(document.createElement("p"), { className: "field-error", id: `e-${input.name}` });
    line.append(icon("alert-circle"), text);
    field.append(line);
    input.setAttribute("aria-describedby", line.id);
    input.addEventListener("input", () => { line.remove(); input.classList.remove("is-invalid"); input.removeAttribute("aria-invalid"); input.removeAttribute("aria-describedby"); }, { once: true });
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    const named = one("[data-field]", event.detail.target);
    const form = event.detail.requestConfig?.elt.closest("form");
    const input = named && form && (one(`[name="${CSS.escape(named.dataset.field)}"]:not([type=hidden])`, form) ?? one("input:not([type=hidden])", form));
    if (input) { input.classList.add("is-invalid"); input.setAttribute("aria-invalid", "true"); sayBeside(input, named.previousElementSibling?.textContent); input.focus(); }
    else if (/problem$/.test(event.detail.target.id)) event.detail.target.scrollIntoView({ block: "center" });
  });

  // ---- Requests that fail keep the page and offer another try ----
  const again = (event) => () => {
    const { verb, path } = event.detail.requestConfig;
    if (verb === "get") htmx.ajax("GET", path, { target: event.detail.target, swap: "outerHTML" });
  };
  const failed = (text) => (event) => toast(word(text), true, event.detail.requestConfig.verb === "get" ? again(event) : null);
  document.addEventListener("htmx:sendError", failed("offline"));
  document.addEventListener("htmx:timeout", failed("offline"));
  document.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status >= 500) failed("broken")(event); });
  // A page that asks again by itself waits while somebody reads what they unfolded.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, requestConfig } = event.detail;
    const byItself = elt.id === "record" && !requestConfig.triggeringEvent;
    if (byItself && (document.hidden || one("details[open]", elt) || one("dialog[open]"))) event.preventDefault();
  });
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.target.id === "results") event.detail.target.classList.add("busy"); });
  document.addEventListener("htmx:afterRequest", () => one("#results")?.classList.remove("busy"));
  // A list that changed in place: an old problem is gone, and the keyboard stays where it was.
  document.addEventListener("htmx:afterSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (target.id !== "results") return;
    one("#problem")?.replaceChildren();
    const by = requestConfig.elt;
    if (by.closest(".pager")) one("#results tbody a")?.focus({ preventScroll: true });
    else one(by.matches(".filter-search") ? "[data-filter-focus]" : ".add-filter > summary")?.focus();
  });

  // ---- The effect of an amount, while it is typed ----
  document.addEventListener("input", (event) => {
    const field = event.target.closest("[data-left-minor]");
    if (!field) return;
    const places = Number(field.dataset.places);
    const left = one("[data-left]", field.closest("form"));
    const typed = field.value.trim().replace(",", ".");
    const fits = new RegExp(`^\\d{1,12}(\\.\\d{1,${places || 1}})?$`).test(typed) && (places || !typed.includes("."));
    const [whole, part = ""] = typed.split(".");
    const minor = fits ? BigInt(whole + part.padEnd(places, "0")) : null;
    const rest = minor === null ? null : BigInt(field.dataset.leftMinor) - minor;
    const bad = rest === null || rest < 0n || minor === 0n;
    field.setAttribute("aria-invalid", String(bad));
    field.classList.toggle("is-invalid", bad);
    if (!left) return;
    const digits = bad ? "" : String(rest).padStart(places + 1, "0");
    left.textContent = bad ? "–" : places ? `${digits.slice(0, -places)}${field.dataset.sign}${digits.slice(-places)}` : digits;
  });
  all(".toast-note").forEach(fade);

  // ---- The address says the mode too, so that a copied link shows the same ----
  const sayMode = () => {
    const address = new URL(location.href);
    if (!document.body.dataset.mode || address.searchParams.has("mode")) return;
    address.searchParams.set("mode", document.body.dataset.mode);
    history.replaceState(history.state, "", address);
  };
  sayMode();
  document.addEventListener("htmx:pushedIntoHistory", sayMode);

  // ---- Back to the list as it was left, with its filters and its page ----
  const pointBack = () => {
    const back = one("a.back");
    const from = document.referrer && new URL(document.referrer);
    if (back && from && from.origin === location.origin && from.pathname === back.pathname) back.href = from.href;
  };
  pointBack();
  document.addEventListener("htmx:afterSettle", pointBack);
})();
