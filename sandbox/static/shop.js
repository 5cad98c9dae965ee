// The top-up tab of the mini-program.

import { newKey, shop, shopList } from './api.js';
import { askDeal, chosenCoupons, connectDeal, dealPrice, forgetDeal } from './deal.js';
import { connectNumbers, loadNumbers, renderNumbers } from './numbers.js';
import { text } from './texts.js';
import { act, byId, make, toast, yuan } from './ui.js';

const state = {
  countries: [],
  country: null,
  kind: 'airtime',
  packages: [],
  chosen: null,
  detected: new Set(),
  // The number that the shop has last found valid.
  valid: '',
  key: newKey(),
};
let lookupTimer = 0;

/** Read the catalogue again and show it. */
export async function loadShop() {
  state.countries = await shopList('countries', {});
  const kept = state.countries.find((item) => item.iso2 === state.country?.iso2);
  await loadNumbers();
  await chooseCountry(kept ?? state.countries[0] ?? null);
}

/** Show what was bought before, or what comes nearest to it, ready to be ordered. */
export async function buyAgain(orderNo) {
  const { phone, package: offered } = await shop('GET', `recharge/orders/${orderNo}/again`);
  if (!offered) {
    toast(text('notSold'), 'error');
    return;
  }
  state.kind = offered.kind;
  await typeNumber({ phone, country: offered.country });
  await choosePackage(state.packages.find((item) => item.id === offered.id) ?? offered);
}

async function typeNumber(number) {
  const country = state.countries.find((item) => item.iso2 === number.country) ?? state.country;
  const prefix = `+${country.calling_code}`;
  byId('phone-input').value = number.phone.startsWith(prefix) ? number.phone.slice(prefix.length) : number.phone;
  await chooseCountry(country);
}

async function chooseCountry(country) {
  state.country = country;
  state.detected = new Set();
  byId('lookup-result').textContent = '';
  byId('calling-code').textContent = country ? `+${country.calling_code}` : '+';
  await loadPackages();
  await lookup();
}

async function loadPackages() {
  state.chosen = null;
  forgetDeal();
  const query = { country: state.country?.iso2, kind: state.kind, limit: 100 };
  state.packages = state.country ? await shopList('packages', query) : [];
  renderShop();
}

/** Show the catalogue as it is known. */
export function renderShop() {
  byId('countries').replaceChildren(...state.countries.map(countryChip));
  for (const node of document.querySelectorAll('[data-kind]')) {
    if (node.dataset.testid?.startsWith('kind-')) {
      node.setAttribute('aria-pressed', String(node.dataset.kind === state.kind));
    }
  }
  renderNumbers();
  const cards = [...state.packages].sort(detectedFirst).map(packageCard);
  const empty = make('p', { className: 'empty' }, text('noPackages'));
  byId('packages').replaceChildren(...(cards.length ? cards : [empty]));
  renderBar();
}

function renderBar() {
  byId('order-price').textContent = yuan(dealPrice() ?? state.chosen?.price_fen ?? 0);
  byId('order-what').textContent = state.chosen?.name ?? text('needPackage');
  byId('order-button').disabled = !state.chosen;
}

function countryChip(country) {
  const chosen = country.iso2 === state.country?.iso2;
  const chip = make(
    'button',
    { type: 'button', className: 'chip', 'data-testid': `country-${country.iso2}`, 'aria-pressed': String(chosen) },
    make('b', {}, country.iso2),
    country.name,
  );
  chip.addEventListener('click', () => act(null, () => chooseCountry(country)));
  return chip;
}

const detectedFirst = (a, b) => state.detected.has(b.operator.id) - state.detected.has(a.operator.id);

function packageCard(item) {
  const notes = [
    item.face_value ? text('arrives', { value: item.face_value, currency: item.face_currency }) : null,
    item.validity_days ? text('days', { days: item.validity_days }) : null,
    item.in_stock ? null : text('soldOut'),
  ].filter(Boolean);
  const card = make(
    'button',
    {
      type: 'button',
      className: 'package',
      disabled: !item.in_stock,
      'data-testid': `package-${item.id}`,
      'data-package': item.id,
      'data-operator': item.operator.name,
      'data-detected': String(state.detected.has(item.operator.id)),
      'aria-pressed': String(item.id === state.chosen?.id),
    },
    make('small', {}, item.operator.name),
    item.operator.logo_url ? make('img', { src: item.operator.logo_url, alt: '' }) : null,
    make('b', {}, item.name),
    make('span', { className: 'flags' }, ...['hot', 'recommended'].filter((name) => item[name]).map(flag)),
    make('span', { className: 'price' }, yuan(item.price_fen), listPrice(item)),
    make('small', { className: 'note' }, notes.join(' · ')),
  );
  card.addEventListener('click', () => act(null, () => choosePackage(item)));
  return card;
}

const flag = (name) => make('span', { className: 'flag', 'data-flag': name }, text(name));

const listPrice = (item) =>
  item.price_fen < item.list_price_fen ? make('s', {}, yuan(item.list_price_fen)) : null;

async function choosePackage(item) {
  state.chosen = item;
  state.key = newKey();
  renderShop();
  await quoteChosen();
}

/** Ask for the price as soon as both package and number are known. */
async function quoteChosen() {
  if (state.chosen && state.valid && state.valid === fullNumber()) {
    await askDeal(state.chosen.id, state.valid);
  } else {
    forgetDeal();
  }
}

function number() {
  return byId('phone-input').value.replace(/[\s\-()]/g, '');
}

function fullNumber() {
  const typed = number();
  return typed.startsWith('+') ? typed : `+${state.country?.calling_code ?? ''}${typed}`;
}

async function lookup() {
  if (number().length < 7 || !state.country) {
    return;
  }
  const asked = fullNumber();
  let answer;
  try {
    answer = await shop('POST', 'lookup', { phone: asked });
  } catch (error) {
    byId('lookup-result').textContent = error.message;
    return;
  }
  if (asked !== fullNumber()) {
    return;
  }
  state.valid = asked;
  const found = answer.candidates.filter((item) => item.detected);
  const shown = (found.length ? found : answer.candidates).map((item) => item.operator.name).join(' / ');
  byId('lookup-result').textContent = text(found.length ? 'detected' : 'candidates', { name: shown });
  state.detected = new Set(found.map((item) => item.operator.id));
  renderShop();
  await quoteChosen();
}

async function buy(onOrdered) {
  if (!number()) {
    toast(text('needNumber'), 'error');
    return;
  }
  const body = { package_id: state.chosen.id, phone: fullNumber(), coupon_ids: chosenCoupons() };
  // The key stays the same until something changes: a second press after a broken line orders nothing new.
  const order = await shop('POST', 'recharge/orders', body, state.key);
  state.key = newKey();
  forgetDeal();
  await loadNumbers();
  await onOrdered(order);
}

/** Connect the tab's controls. `onOrdered` gets the new order. */
export function connectShop(onOrdered) {
  connectNumbers(typeNumber, fullNumber);
  connectDeal(() => {
    // Another price is another order.
    state.key = newKey();
    renderBar();
  });
  for (const kind of ['airtime', 'data']) {
    byId(`kind-${kind}`).addEventListener('click', () =>
      act(null, () => {
        state.kind = kind;
        return loadPackages();
      }),
    );
  }
  byId('phone-input').addEventListener('input', () => {
    state.key = newKey();
    byId('lookup-result').textContent = '';
    forgetDeal();
    clearTimeout(lookupTimer);
    lookupTimer = setTimeout(() => act(null, lookup), 350);
  });
  byId('order-button').addEventListener('click', () =>
    act(byId('order-button'), () => buy(onOrdered)),
  );
}
