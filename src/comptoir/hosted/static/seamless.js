// Mounts the payment page inside a shop's own page. What is typed stays in the frame.
// <script src="…/payment/{customerToken}/connect2pay-seamless-v1.5.0.js" data-mount-in="#pay"
//   integrity="sha384-…" crossorigin="anonymous">{"onPaymentResult": "nameOfAFunction", "language": "fr"}</script>
(() => {
  const script = document.currentScript;
  const address = new URL(script.src);
  const token = address.pathname.split("/").slice(-2)[0];
  const options = (() => {
    try {
      return JSON.parse(script.textContent.trim() || "{}");
    } catch {
      return {};
    }
  })();
  const mount = () => {
    const place = document.querySelector(script.dataset.mountIn || "#comptoir-payment");
    if (!place) return;
    const query = new URLSearchParams({ seamless: "1" });
    if (options.language) query.set("lang", String(options.language).slice(0, 2));
    const frame = document.createElement("iframe");
    frame.src = `${address.origin}/payment/${token}?${query}`;
    frame.title = options.title || "Payment";
    frame.referrerPolicy = "strict-origin";
    frame.setAttribute("width", "100%");
    frame.setAttribute("height", "560");
    frame.setAttribute("frameborder", "0");
    addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow || event.origin !== address.origin) return;
      const told = event.data || {};
      if (told.comptoir === "height" && Number.isFinite(told.height)) {
        frame.setAttribute("height", String(Math.min(Math.max(told.height, 200), 3000)));
      } else if (told.comptoir === "ended" && told.number) {
        const call = window[options.onPaymentResult];
        const result = { statusCode: 200, transaction: { transactionID: String(told.number), paymentID: String(told.payment || "") } };
        if (typeof call === "function") call(result);
        place.dispatchEvent(new CustomEvent("comptoir:result", { detail: result }));
      }
    });
    place.replaceChildren(frame);
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", mount);
  else mount();
})();
