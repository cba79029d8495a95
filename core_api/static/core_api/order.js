// The form on the page of orders: sends JSON with an Idempotency-Key, and shows the answer.
"use strict";

(() => {
  const form = document.getElementById("order");
  if (!form) return; // nobody is logged in
  const { key, more } = form.elements;
  const lines = document.getElementById("lines");
  const shown = document.getElementById("answer");
  const headers = ["Location", "Idempotency-Replayed", "X-Served-By", "Server-Timing"];
  // The order that was sent and may have been placed. It outlives a reload of the page.
  const unanswered = "unanswered order";
  const lost = "No answer was seen: the order may have been placed, or not. Place it again: the key is\n"
    + "still the same, so it is placed once.";

  // Not crypto.randomUUID(): browsers offer it only over HTTPS and on this machine.
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0")).join("");

  const show = (text) => {
    shown.textContent = text;
    shown.hidden = false;
  };

  const addLine = (sku, quantity) => {
    const line = lines.lastElementChild.cloneNode(true);
    const [skuInput, quantityInput] = line.querySelectorAll("input");
    [skuInput.value, quantityInput.value] = [sku, quantity];
    lines.append(line);
  };

  const order = () => ({
    lines: Array.from(lines.children, (line) => {
      const [sku, quantity] = line.querySelectorAll("input");
      return { sku: sku.value.trim(), quantity: Number(quantity.value) };
    }).filter((line) => line.sku),
  });

  const send = () => {
    const { csrfHeaderName, csrfToken } = JSON.parse(document.getElementById("drf_csrf").textContent);
    return fetch(form.dataset.url, {
      method: "POST",
      headers: {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Idempotency-Key": key.value,
        [csrfHeaderName]: csrfToken,
      },
      body: JSON.stringify(order()),
      signal: AbortSignal.timeout(15000), // ms; the shop answers within 6 s
    });
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector(".btn-primary");
    button.disabled = true;
    const repeated = sessionStorage.getItem(unanswered) !== null;
    sessionStorage.setItem(unanswered, JSON.stringify({ key: key.value, ...order() }));
    try {
      const answer = await send();
      const body = await answer.text();
      const found = headers.filter((name) => answer.headers.has(name))
        .map((name) => `${name}: ${answer.headers.get(name)}`);
      const sent = `Idempotency-Key: ${key.value}`;
      show([`${answer.status} ${answer.statusText}`, sent, ...found, "", pretty(body)].join("\n"));
      // The key has its final answer: an order, or a refusal that depends on stock or products.
      // 422: it had one already, for other lines. All other refusals leave the key unused.
      const used = [201, 409, 422].includes(answer.status) || body.includes("urn:escala:unknown-product");
      if (used) key.value = newKey();
      if (answer.status >= 500) shown.textContent += `\n\n${lost}`;
      else if (used || !repeated) sessionStorage.removeItem(unanswered);
    } catch (error) {
      show(`${error.message}\n\n${lost}`);
    }
    button.disabled = false;
  });

  const pretty = (text) => {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  };

  more.addEventListener("click", () => addLine("", 1));
  const before = JSON.parse(sessionStorage.getItem(unanswered) || "null");
  key.value = before ? before.key : newKey();
  if (before) {
    before.lines.forEach(({ sku, quantity }) => addLine(sku, quantity));
    if (before.lines.length) lines.firstElementChild.remove();
    show(lost);
  }
})();
