// Small helpers of the page.

/** Return the element with this id. */
export const byId = (id) => document.getElementById(id);

/** Make an element: tag, properties (data-… as attributes), children. */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('data-') || name.startsWith('aria-')) {
      node.setAttribute(name, value);
    } else {
      node[name] = value;
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Show an amount in fen as yuan; integers only, so that no cent is lost. */
export function yuan(fen) {
  const digits = String(fen).padStart(3, '0');
  return `¥${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

let toastTimer = 0;

/** Show a short text for a moment. */
export function toast(message, kind = 'info') {
  const node = byId('toast');
  node.textContent = message;
  node.dataset.kind = kind;
  node.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    node.hidden = true;
  }, 2500);
}

/** Run an action of the person; what fails is shown, a second press waits for the first. */
export async function act(button, action) {
  if (button?.disabled) {
    return;
  }
  if (button) {
    button.disabled = true;
  }
  try {
    await action();
  } catch (error) {
    toast(error.message, 'error');
  } finally {
    if (button) {
      button.disabled = false;
    }
  }
}
