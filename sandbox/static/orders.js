// The order list, paying and cancelling, and the payment sheet of WeChat.

import { newKey, session, shop, wechat } from './api.js';
import { locale, text } from './texts.js';
import { act, byId, make, toast, yuan } from './ui.js';

const MOVING = new Set(['paid', 'fulfilling', 'failed', 'refunding']);
// Paid here, but the shop does not know yet: its notice is on the way.
const paidHere = new Set();
let orders = [];
let sheetPrepay = null;
let settleSheet = null;
let onAgain = () => {};

/** Read the newest orders and show them. */
export async function loadOrders() {
  const data = await shop('GET', 'recharge/orders?limit=20');
  orders = data.items;
  for (const order of orders) {
    if (order.state !== 'awaiting_payment') {
      paidHere.delete(order.order_no);
    }
  }
  renderOrders();
}

/** Tell whether some order is on its way, so that looking again is worth it. */
export const hasMovingOrders = () =>
  orders.some((order) => MOVING.has(order.state) || paidHere.has(order.order_no));

/** Show the orders as they are known. */
export function renderOrders() {
  const empty = make('p', { className: 'empty' }, text('noOrders'));
  byId('orders').replaceChildren(...(orders.length ? orders.map(orderCard) : [empty]));
}

function orderCard(order) {
  const no = order.order_no;
  const card = make(
    'article',
    { className: 'card order', 'data-testid': `order-${no}`, 'data-order': no, 'data-state': order.state },
    make(
      'div',
      { className: 'order-head' },
      make('b', {}, order.package.name),
      make('span', { className: 'state', 'data-testid': `order-state-${no}` }, text(paidHere.has(no) ? 'confirming' : `states.${order.state}`)),
    ),
    make('p', {}, `${order.package.operator} · ${order.phone}`),
    order.failure ? make('p', { className: 'failure' }, order.failure.text) : null,
    make(
      'div',
      { className: 'order-foot' },
      make('small', {}, `${no} · ${new Date(order.created_at).toLocaleString(locale())}`),
      make('strong', {}, yuan(order.amount_fen)),
    ),
  );
  if (order.state === 'awaiting_payment' && !paidHere.has(no)) {
    card.append(orderButtons(order));
  } else if (!MOVING.has(order.state) && !paidHere.has(no)) {
    const again = make('button', { type: 'button', className: 'quiet', 'data-testid': `order-again-${no}` }, text('buyAgain'));
    again.addEventListener('click', () => act(again, () => onAgain(no)));
    card.append(make('div', { className: 'order-buttons' }, again));
  }
  return card;
}

function orderButtons(order) {
  const no = order.order_no;
  const cancel = make('button', { type: 'button', className: 'quiet', 'data-testid': `order-cancel-${no}` }, text('cancelOrder'));
  const pay = make('button', { type: 'button', className: 'primary', 'data-testid': `order-pay-${no}` }, text('pay'));
  cancel.addEventListener('click', () =>
    act(cancel, async () => {
      await shop('POST', `recharge/orders/${no}/cancel`);
      await loadOrders();
    }),
  );
  pay.addEventListener('click', () => act(pay, () => payOrder(no)));
  return make('div', { className: 'order-buttons' }, cancel, pay);
}

/** Have the shop open the payment and play wx.requestPayment with what it gives. */
export async function payOrder(orderNo) {
  const answer = await shop('POST', `recharge/orders/${orderNo}/pay`, { channel: 'wechat' });
  const outcome = await requestPayment(answer.invoke);
  if (outcome) {
    paidHere.add(orderNo);
  }
  toast(text(outcome ? 'paid' : 'cancelled'));
  await loadOrders();
}

/** Play wx.requestPayment: true when paid, false when cancelled. */
async function requestPayment(invoke) {
  const { prepay } = await wechat('POST', 'request-payment', { appId: session.appid, ...invoke });
  byId('sheet-what').textContent = prepay.description;
  byId('sheet-amount').textContent = yuan(prepay.total);
  byId('sheet-number').textContent = prepay.out_trade_no;
  byId('pay-sheet').dataset.prepay = prepay.prepay_id;
  byId('pay-sheet').hidden = false;
  byId('pay-confirm').focus();
  sheetPrepay = prepay.prepay_id;
  return new Promise((resolve, reject) => {
    settleSheet = { resolve, reject };
  });
}

async function closeSheet(call, body, paid) {
  const { resolve, reject } = settleSheet;
  try {
    await wechat('POST', `prepays/${sheetPrepay}/${call}`, body);
    resolve(paid);
  } catch (error) {
    reject(error);
  } finally {
    byId('pay-sheet').hidden = true;
  }
}

/** Tell the shop which of its messages the customer wants: it counts each consent. */
async function agreeToMessages() {
  const { items } = await shop('GET', 'messages/consents');
  if (items.length) {
    const consents = Object.fromEntries(items.slice(0, 3).map((item) => [item.template_id, 'accept']));
    await shop('POST', 'messages/consents', { consents }, newKey());
  }
}

/** Connect the buttons of the sheet and of the list. `again` gets the number of an order. */
export function connectOrders(again) {
  onAgain = again;
  byId('pay-confirm').addEventListener('click', () =>
    act(byId('pay-confirm'), async () => {
      const subscribe = byId('sheet-subscribe').checked;
      // Before the payment: the top-up may be delivered before this page is back.
      if (subscribe) {
        await agreeToMessages();
      }
      return closeSheet('pay', { openid: session.openid, subscribe }, true);
    }),
  );
  byId('pay-cancel').addEventListener('click', () =>
    act(byId('pay-cancel'), () => closeSheet('cancel', {}, false)),
  );
  byId('orders-refresh').addEventListener('click', () => act(byId('orders-refresh'), loadOrders));
}
