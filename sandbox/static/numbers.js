// Saved numbers, and those of the last orders.

import { newKey, shop } from './api.js';
import { text } from './texts.js';
import { act, byId, make, toast } from './ui.js';

let known = { items: [], recent: [] };
let choose = () => {};

/** Read the customer's numbers and show them. */
export async function loadNumbers() {
  known = await shop('GET', 'recharge/numbers');
  renderNumbers();
}

/** Show the numbers as they are known. */
export function renderNumbers() {
  byId('numbers').replaceChildren(...known.items.map(savedChip), ...known.recent.map(recentChip));
}

function chip(number, label, ...more) {
  const node = make(
    'span',
    { className: 'number', 'data-testid': `number-${number.phone}` },
    make('button', { type: 'button', title: number.phone }, make('b', {}, label), number.phone),
    ...more,
  );
  node.firstChild.addEventListener('click', () => act(null, () => choose(number)));
  return node;
}

function savedChip(number) {
  const forget = make('button', { type: 'button', className: 'forget', title: text('forget') }, '×');
  forget.addEventListener('click', () =>
    act(forget, async () => {
      await shop('DELETE', `recharge/numbers/${number.id}`);
      await loadNumbers();
    }),
  );
  return chip(number, number.label ?? '★', forget);
}

const recentChip = (number) => chip(number, text('recent'));

/** Connect the button that saves. `onChosen` gets a number, `typed` returns the one that is typed. */
export function connectNumbers(onChosen, typed) {
  choose = onChosen;
  byId('number-save').addEventListener('click', () =>
    act(byId('number-save'), async () => {
      await shop('POST', 'recharge/numbers', { phone: typed() }, newKey());
      toast(text('saved'));
      await loadNumbers();
    }),
  );
}
