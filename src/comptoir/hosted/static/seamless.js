// Mounts the payment page inside a shop's own page. What is typed stays in the frame.
// <div id="pay"><script type="application/json">{"onPaymentResult": "paid", "language": "fr"}</script></div>
// <script src="…/payment/{customerToken}/connect2pay-seamless-v1.5.0.js" data-mount-in="#pay"
//   integrity="sha384-…" crossorigin="anonymous"></script>
(() => {
  const script = document.currentScript;
  const address = new URL(script.src);
  const token = address.pathname.split("/").slice(-2)[0];
  const WORDS = {
    en: ["Payment", "The payment form cannot be shown here.", "Open the payment page"],
    es: ["Pago", "El formulario de pago no se puede mostrar aquí.", "Abrir la página de pago"],
    fr: ["Paiement", "Le formulaire de paiement ne peut pas s’afficher ici.", "Ouvrir la page de paiement"],
  };
  const LOADING = 30, ANSWERING = 5; // Seconds until a silent frame counts as empty.

  const read = (text) => {
    try {
      return JSON.parse(text) || {};
    } catch {
      return {};
    }
  };

  const mount = () => {
    const place = document.querySelector(script.dataset.mountIn || "#comptoir-payment");
    if (!place) return console.error(`No place for the payment page: ${script.dataset.mountIn}`);
    const inside = place.querySelector('script[type="application/json"]');
    const options = { ...(inside ? read(inside.textContent) : {}), ...read(script.textContent) };
    const asked = options.language ? String(options.language).slice(0, 2).toLowerCase() : "";
    const words = WORDS[asked || navigator.language.slice(0, 2)] || WORDS.en;
    const page = (query) => `${address.origin}/payment/${token}?${new URLSearchParams({ ...query, ...(asked && { lang: asked }) })}`;

    const frame = document.createElement("iframe");
    frame.src = page({ seamless: "1" });
    frame.title = options.title || words[0];
    frame.referrerPolicy = "strict-origin";
    for (const [name, value] of Object.entries({ width: "100%", height: "560", frameborder: "0" })) frame.setAttribute(name, value);

    // Each news once, to the function that the shop names and to whoever listens at the place.
    let said = "";
    const say = (result) => {
      if (JSON.stringify(result) === said) return;
      said = JSON.stringify(result);
      place.dispatchEvent(new CustomEvent("comptoir:result", { detail: result, bubbles: true }));
      const call = window[options.onPaymentResult];
      if (typeof call === "function") call(result);
    };

    // A frame that stays silent shows nothing: say so, and lead to the page itself.
    let silent = null;
    const note = document.createElement("p");
    note.setAttribute("role", "alert");
    const link = document.createElement("a");
    link.target = "_top";
    link.textContent = words[2];
    note.append(`${words[1]} `, link);
    const empty = () => {
      link.href = page({});
      frame.hidden = true;
      place.append(note);
      say({ statusCode: 503, status: "Not shown", final: false, transaction: { transactionID: "", paymentID: "" } });
    };
    const expect = (seconds) => {
      clearTimeout(silent);
      silent = setTimeout(empty, seconds * 1000);
    };
    const heard = () => {
      clearTimeout(silent);
      note.remove();
      frame.hidden = false;
    };

    const tell = (kind, more) => frame.contentWindow && frame.contentWindow.postMessage({ comptoir: kind, ...more }, "*");
    let loads = 0;
    frame.addEventListener("load", () => {
      expect(ANSWERING);
      tell("options", {
        payButtonText: options.payButtonText,
        hidePayButton: Boolean(options.externalPaymentButton),
        hideCardHolderName: options.hideCardHolderName === true,
      });
      loads += 1;
      if (loads > 1 && place.getBoundingClientRect().top < 0) place.scrollIntoView();
    });
    // By its window, not by its origin: a page with an origin of its own is reached by a redirect.
    addEventListener("message", (event) => {
      if (!event.source || event.source !== frame.contentWindow) return;
      const told = event.data || {};
      if (!told.comptoir) return;
      heard();
      if (told.comptoir === "height" && Number.isFinite(told.height)) {
        frame.setAttribute("height", String(Math.min(Math.max(told.height, 160), 4000)));
      } else if (told.comptoir === "result") {
        say(told.result);
      }
    });
    const button = options.externalPaymentButton && document.getElementById(String(options.externalPaymentButton).replace(/^#/, ""));
    if (button) button.addEventListener("click", () => tell("pay"));
    expect(LOADING);
    place.replaceChildren(...(inside ? [inside] : []), frame);
    return undefined;
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", mount);
  else mount();
})();
