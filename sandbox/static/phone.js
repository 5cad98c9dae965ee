// The phone: tabs, language, login, messages.

import { login, session, wechat } from './api.js';
import { connectOrders, hasMovingOrders, loadOrders, payOrder, renderOrders } from './orders.js';
import { buyAgain, connectShop, loadShop, renderShop } from './shop.js';
import { locale, text, toggleLanguage, translatePage } from './texts.js';
import { act, byId, make, toast } from './ui.js';

const REFRESH_MS = 2000;
const TABS = ['shop', 'orders', 'messages', 'me'];
let current = 'shop';
let messages = [];
let seen = 0;

const LOADERS = {
  shop: async () => {},
  orders: loadOrders,
  messages: loadMessages,
  me: async () => {},
};

async function show(tab) {
  current = tab;
  for (const name of TABS) {
    byId(`view-${name}`).hidden = name !== tab;
    byId(`tab-${name}`).setAttribute('aria-current', String(name === tab));
  }
  byId('order-bar').hidden = tab !== 'shop';
  byId('phone').dataset.tab = tab;
  await LOADERS[tab]();
}

async function loadMessages() {
  const query = new URLSearchParams({ openid: session.openid });
  messages = (await wechat('GET', `messages?${query}`)).items;
  if (current === 'messages') {
    seen = messages.length;
  }
  byId('badge').hidden = messages.length <= seen;
  byId('badge').textContent = String(messages.length - seen);
  renderMessages();
}

function renderMessages() {
  const empty = make('p', { className: 'empty' }, text('noMessages'));
  byId('messages').replaceChildren(...(messages.length ? messages.map(messageCard) : [empty]));
}

function messageCard(message) {
  const lines = message.lines.flatMap(([label, value]) => [make('dt', {}, label), make('dd', {}, value)]);
  return make(
    'article',
    { className: 'card message', 'data-testid': 'message', 'data-template': message.template_id },
    make('b', {}, message.title),
    make('small', {}, new Date(message.at).toLocaleString(locale())),
    make('dl', {}, ...lines),
    message.page ? make('p', { className: 'message-page', title: message.page }, text('details')) : null,
  );
}

function renderLogin() {
  const state = byId('login-state');
  state.textContent = text(session.token ? 'loggedIn' : 'loggedOut');
  state.dataset.state = session.token ? 'in' : 'out';
  byId('phone').dataset.login = session.token ? 'in' : 'out';
}

async function logIn() {
  try {
    await login(byId('openid-input').value.trim());
  } finally {
    renderLogin();
  }
  seen = 0;
  await loadShop();
  await loadOrders();
  await loadMessages();
}

function showTime() {
  byId('clock').textContent = new Date().toTimeString().slice(0, 5);
}

async function look() {
  showTime();
  if (!session.token || document.hidden) {
    return;
  }
  if (current === 'orders' && byId('pay-sheet').hidden && hasMovingOrders()) {
    await loadOrders();
  }
  await loadMessages();
}

async function ordered(order) {
  toast(text('ordered'));
  await show('orders');
  await payOrder(order.order_no);
}

async function start() {
  showTime();
  translatePage();
  renderLogin();
  connectShop(ordered);
  connectOrders(async (orderNo) => {
    await show('shop');
    await buyAgain(orderNo);
  });
  for (const tab of TABS) {
    byId(`tab-${tab}`).addEventListener('click', () => act(null, () => show(tab)));
  }
  byId('messages-refresh').addEventListener('click', () => act(byId('messages-refresh'), loadMessages));
  byId('login-button').addEventListener('click', () =>
    act(byId('login-button'), async () => {
      await logIn();
      toast(text('loggedIn'));
    }),
  );
  byId('lang-toggle').addEventListener('click', () => {
    toggleLanguage();
    translatePage();
    renderLogin();
    renderShop();
    renderOrders();
    renderMessages();
    // Names of packages and countries come from the shop in the language asked for.
    act(null, loadShop);
  });
  byId('openid-input').value = session.openid;
  session.appid = (await wechat('GET', 'health')).appid;
  await show('shop');
  await logIn();
}

setInterval(() => {
  // A shop that is restarting must not fill the screen with errors.
  look().catch(() => {});
}, REFRESH_MS);

act(null, start);
