// The payment page's only script. It stores nothing, and asks nobody but this page's own origin.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // Card numbers in groups as they are printed, and the brand they begin with.
  const BRANDS = [
    ["amex", "American Express", /^3[47]/, 4],
    ["mastercard", "Mastercard", /^(5[1-5]|2(22[1-9]|2[3-9]|[3-6]|7[01]|720))/, 3],
    ["visa", "Visa", /^4/, 3],
  ];
  const digits = (text) => text.replace(/\D/g, "");
  const brandOf = (number) => BRANDS.find(([, , begins]) => begins.test(number));
  const grouped = (number) =>
    /^3[47]/.test(number)
      ? [number.slice(0, 4), number.slice(4, 10), number.slice(10, 15)].filter(Boolean).join(" ")
      : (number.slice(0, 19).match(/.{1,4}/g) || []).join(" ");

  // Write a box anew without moving the place where somebody types.
  const rewrite = (input, written) => {
    const before = digits(input.value.slice(0, input.selectionStart)).length;
    if (input.value === written) return;
    input.value = written;
    let at = 0;
    for (let seen = 0; at < written.length && seen < before; at += 1) if (/\d/.test(written[at])) seen += 1;
    if (document.activeElement === input) input.setSelectionRange(at, at);
  };

  const number = one("#card-number");
  if (number) {
    const marks = one("[data-brands]");
    const said = one("[data-said]");
    number.addEventListener("input", () => {
      const typed = digits(number.value);
      rewrite(number, grouped(typed));
      const brand = brandOf(typed);
      marks.classList.toggle("known", Boolean(brand));
      all("[data-brand]", marks).forEach((mark) => mark.classList.toggle("this", Boolean(brand) && mark.dataset.brand === brand[0]));
      const words = brand ? `${said.dataset.said} ${brand[1]}` : "";
      if (said.textContent !== words) said.textContent = words;
      one("#card-code").placeholder = brand && brand[3] === 4 ? "1234" : "123";
    });
    const expiry = one("#card-expiry");
    expiry.addEventListener("input", (event) => {
      if (event.inputType && event.inputType.startsWith("delete")) return;
      let typed = digits(expiry.value);
      if (/^[2-9]$/.test(typed)) typed = `0${typed}`;
      if (typed.length === 6 && typed.slice(2, 4) === "20") typed = typed.slice(0, 2) + typed.slice(4);
      rewrite(expiry, typed.length >= 2 ? `${typed.slice(0, 2)} / ${typed.slice(2, 4)}` : typed);
    });
    one("#card-code").addEventListener("input", (event) => {
      event.target.value = digits(event.target.value).slice(0, 4);
    });
    // What is typed anew is not wrong any more.
    all("[data-card] input").forEach((input) =>
      input.addEventListener("input", () => {
        const field = input.closest(".field");
        if (!field || !field.classList.contains("wrong")) return;
        field.classList.remove("wrong");
        input.removeAttribute("aria-invalid");
        const error = one(".error", field);
        if (error) error.remove();
      }),
    );
  }

  // Moments in the reader's own time.
  all("time[datetime]").forEach((time) => {
    const at = new Date(time.dateTime);
    time.textContent = at.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  });

  // A form is sent once. (The server takes one copy of it anyway.)
  all("form").forEach((form) =>
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "yes";
      const button = one("[data-once]", form);
      if (!button) return undefined;
      button.setAttribute("aria-disabled", "true");
      one("span", button).textContent = document.body.dataset.working;
      return undefined;
    }),
  );
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  // In a shop's frame: tell its page how high this one is and how it ended; never what was typed.
  // Only a shop's page that the policy names can be its parent.
  const framed = document.body.dataset.framed !== undefined && parent !== window;
  const tell = (kind, more) => parent.postMessage({ comptoir: kind, ...more }, "*");
  if (framed) {
    const measure = () => tell("height", { height: Math.ceil(document.body.getBoundingClientRect().height) });
    new ResizeObserver(measure).observe(document.body);
    const { result } = document.body.dataset;
    if (result) tell("result", { result: JSON.parse(result) });
    const offered = () => all(".pay-form").find((form) => form.checkVisibility());
    addEventListener("message", (event) => {
      if (event.source !== parent || !event.data) return;
      if (event.data.comptoir === "options") suit(event.data);
      if (event.data.comptoir === "pay" && offered()) offered().requestSubmit();
    });
  }

  // What a shop's page may choose: the words on the button, its own button instead, and no box for
  // a name that is known.
  function suit(wishes) {
    all(".pay-form [data-once]").forEach((button) => {
      button.hidden = wishes.hidePayButton === true;
      if (typeof wishes.payButtonText === "string" && wishes.payButtonText) {
        one("span", button).textContent = wishes.payButtonText.slice(0, 80);
      }
    });
    const holder = one("#card-holder");
    if (holder && wishes.hideCardHolderName && holder.value) holder.closest(".field").hidden = true;
    tell("shown");
  }

  // Back to the shop, after a while in which one may stay.
  const back = one("[data-back]");
  if (back && !framed) {
    const soon = one("[data-soon]");
    let waits = setTimeout(() => back.requestSubmit(), Number(back.dataset.back) * 1000);
    if (soon) {
      soon.hidden = false;
      one("[data-stay]").addEventListener("click", () => {
        clearTimeout(waits);
        waits = null;
        soon.hidden = true;
        one("button", back).focus();
      });
    }
  }
  const follow = one("[data-follow]");
  if (follow && !framed && !cameBack()) location.assign(follow.href);

  // Somebody who comes back from the bank by the browser's button, or looks again, is not sent
  // there again at once.
  function cameBack() {
    const [entry] = performance.getEntriesByType("navigation");
    return entry && entry.type !== "navigate";
  }

  // Ask whether a payment is over: often at first, then more rarely, and not for ever.
  const waiting = one("[data-wait]");
  if (waiting) {
    const until = Date.now() + 15 * 60 * 1000;
    let pause = 1500;
    const ask = async () => {
      try {
        const answer = await fetch(waiting.dataset.wait, { cache: "no-store" });
        if (answer.ok) {
          const told = await answer.json();
          if (told.mark !== waiting.dataset.mark) return location.replace(told.next);
        }
      } catch {
        // Offline for a moment: ask again later.
      }
      pause = Math.min(pause * 1.25, 10000);
      if (Date.now() < until) return setTimeout(ask, pause);
      all("[data-busy]").forEach((busy) => { busy.hidden = true; });
      all("[data-tired]").forEach((tired) => { tired.hidden = false; });
      return undefined;
    };
    setTimeout(ask, pause);
  }
})();
