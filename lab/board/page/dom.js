// Small helpers to make elements. Styles are set through the CSSOM: the page's policy allows no
// inline style.

/** An element. `attributes`: on = {event: function}, all else as setAttribute takes it. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An element of SVG. */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The shape of a state, as an icon. */
export function icon(state) {
  return s("svg", { class: "icon", "aria-hidden": "true" }, s("use", { href: `#i-${state}` }));
}

/** Sets text only when it differs: what did not change costs nothing and is not read aloud. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows or hides. */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}
