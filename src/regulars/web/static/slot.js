// Shows what Regulars has decided for a place on the shop's page:
//   <div data-regulars-slot="home"></div>
//   <script src="https://REGULARS/slot.js" data-key="WRITE KEY" defer></script>
// It builds elements and never HTML, sets no style, stores nothing, and does nothing where it cannot.
(() => {
  const own = document.currentScript;
  if (!own || !own.dataset.key || !window.fetch) return;
  const { key, anonymousId, userId, signature, until } = own.dataset;
  const base = new URL(own.src).origin;
  const post = (path, said) => fetch(base + path, {
    method: "POST", body: JSON.stringify(said), headers: { "Content-Type": "text/plain" }, credentials: "omit", keepalive: true,
  });

  // The cookie of the tracking SDK, by which what happens on this page is told too.
  function visitor() {
    if (anonymousId) return anonymousId;
    try {
      const stored = localStorage.getItem("ajs_anonymous_id");
      if (stored) return stored.replace(/^"|"$/g, "");
    } catch { /* storage may be switched off */ }
    const found = document.cookie.match(/(?:^|; )ajs_anonymous_id=([^;]*)/);
    return found ? decodeURIComponent(found[1]).replace(/^"|"$/g, "") : "";
  }

  function element(name, kind, text) {
    const made = document.createElement(name);
    made.className = `regulars-${kind}`;
    if (text) made.textContent = text;
    return made;
  }

  function link(url, kind, text) {
    const made = element("a", kind, text);
    if (/^https?:\/\//.test(url || "")) made.href = url;
    return made;
  }

  function product(each) {
    const item = element("li", "product");
    const leads = link(each.url, "product-link");
    if (/^https?:\/\//.test(each.image_url || "")) {
      const picture = element("img", "picture");
      picture.src = each.image_url;
      picture.alt = "";
      picture.loading = "lazy";
      leads.append(picture);
    }
    leads.append(element("span", "product-name", each.name || each.id));
    item.append(leads);
    if (each.price) item.append(" ", element("span", "price", each.price));
    if (each.list_price) item.append(" ", element("s", "list-price", each.list_price));
    return item;
  }

  function offer(said) {
    const parts = [said.title, said.price, said.code && `Code ${said.code}`, said.terms];
    return element("p", "offer", parts.filter(Boolean).join(" · "));
  }

  function drawn(said, close) {
    const box = element("section", "message");
    box.setAttribute("aria-label", said.heading || "For you");
    if (said.heading) box.append(element("h2", "heading", said.heading));
    for (const text of said.paragraphs || []) box.append(element("p", "text", text));
    if (said.offer) box.append(offer(said.offer));
    if (said.products) {
      if (said.title) box.append(element("h3", "title", said.title));
      const list = element("ul", "products");
      list.append(...said.products.map(product));
      box.append(list);
    }
    for (const text of said.after || []) box.append(element("p", "text", text));
    if (said.action) box.append(link(said.action.url, "action", said.action.label));
    const button = element("button", "dismiss", "×");
    button.type = "button";
    button.setAttribute("aria-label", "Close");
    button.addEventListener("click", close);
    box.append(button);
    return box;
  }

  function show(place, found) {
    const report = (what, url) => post("/v1/slot/report", { token: found.token, what, url: url || "" }).catch(() => {});
    const detail = { action: found.action, message: found.message, report };
    // A shop that draws it itself takes the event and says so.
    const taken = !place.dispatchEvent(new CustomEvent("regulars:show", { detail, bubbles: true, cancelable: true }));
    if (!taken) {
      if (!found.message.message) return;
      const box = drawn(found.message, () => {
        report("dismissed");
        box.remove();
      });
      box.addEventListener("click", (event) => {
        const followed = event.target.closest("a[href]");
        if (followed) report("clicked", followed.href);
      });
      place.replaceChildren(box);
    }
    if (!window.IntersectionObserver) return void report("shown");
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((each) => each.isIntersecting)) return;
      seen.disconnect();
      report("shown");
    });
    seen.observe(place);
  }

  async function fill(place) {
    const said = { writeKey: key, placement: place.dataset.regularsSlot, anonymousId: visitor() };
    if (place.dataset.product) said.product = place.dataset.product;
    if (userId && signature) Object.assign(said, { userId, signature, until: Number(until) });
    if (!said.anonymousId && !said.userId) return;
    const answer = await post("/v1/slot", said);
    const found = answer.ok ? (await answer.json()).show : null;
    if (found) show(place, found);
  }

  for (const place of document.querySelectorAll("[data-regulars-slot]")) fill(place).catch(() => {});
})();
