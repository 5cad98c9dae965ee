// What the chosen package costs this customer, and the coupons that may be used for it.

import { shop, shopList } from './api.js';
import { text } from './texts.js';
import { act, byId, make, yuan } from './ui.js';

const deal = { asked: null, quote: null, coupons: [], used: [] };
let turn = 0;

/** Forget the offer: another package, another number. */
export function forgetDeal() {
  turn += 1;
  Object.assign(deal, { asked: null, quote: null, used: [] });
  renderDeal();
}

/** Ask the shop what a package costs for a number, with no coupon used yet. */
export async function askDeal(packageId, phone) {
  forgetDeal();
  deal.asked = { package_id: packageId, phone };
  deal.coupons = await shopList('coupons', { state: 'issued', limit: 50 });
  await quote([]);
}

async function quote(couponIds) {
  const mine = (turn += 1);
  const answer = await shop('POST', 'recharge/quote', { ...deal.asked, coupon_ids: couponIds });
  if (mine === turn) {
    Object.assign(deal, { quote: answer, used: couponIds });
    renderDeal();
  }
}

/** Return the coupons the customer has chosen. */
export const chosenCoupons = () => deal.used;

/** Return what is to be paid, null before the shop has said it. */
export const dealPrice = () => deal.quote?.price_fen ?? null;

/** Show the offer as it is known. */
export function renderDeal() {
  const { quote: known } = deal;
  byId('deal').hidden = !known;
  byId('deal').dispatchEvent(new Event('deal'));
  if (!known) {
    return;
  }
  const lines = [
    [text('listPrice'), yuan(known.list_price_fen), 'list'],
    known.member_saving_fen ? [known.member_level.name, `−${yuan(known.member_saving_fen)}`, 'member'] : null,
    known.coupon_saving_fen ? [text('coupons'), `−${yuan(known.coupon_saving_fen)}`, 'coupon'] : null,
  ].filter(Boolean);
  byId('deal-lines').replaceChildren(
    ...lines.flatMap(([label, amount, name]) => [
      make('dt', {}, label),
      make('dd', { 'data-testid': `deal-${name}` }, amount),
    ]),
  );
  renderChoice(known);
}

function renderChoice(known) {
  const { suggestion } = known;
  const choices = [
    ['', text(deal.coupons.length ? 'noCoupon' : 'noCoupons')],
    suggestion?.coupon_ids.length
      ? [suggestion.coupon_ids.join(), text('bestCoupon', { saving: yuan(suggestion.saving_fen) })]
      : null,
    ...deal.coupons.map((coupon) => [String(coupon.id), `${coupon.name} · ${coupon.terms}`]),
  ].filter(Boolean);
  const used = deal.used.join();
  const options = choices.map(([value, label]) => make('option', { value, selected: value === used }, label));
  byId('coupon-choice').replaceChildren(...options);
  byId('coupon-choice').value = used;
  byId('coupon-choice').disabled = choices.length === 1;
}

/** Connect the choice of coupons; `onDeal` is called when the price may be another one. */
export function connectDeal(onDeal) {
  byId('deal').addEventListener('deal', onDeal);
  byId('coupon-choice').addEventListener('change', () =>
    act(null, async () => {
      const wanted = byId('coupon-choice').value;
      try {
        await quote(wanted ? wanted.split(',').map(Number) : []);
      } finally {
        renderDeal();
      }
    }),
  );
}
