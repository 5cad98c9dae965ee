// The ways out of the phone: to the shop (as wx.request) and to WeChat itself (the simulator).

import { locale, text } from './texts.js';

export const session = {
  appid: '',
  openid: localStorage.getItem('sandbox.openid') || 'oSandboxPhone00000000000001',
  token: '',
};

/** An answer that is no success; `code` is the shop's. */
export class ShopError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

async function fetchJson(url, options) {
  const response = await fetch(url, options);
  return { status: response.status, body: await response.json() };
}

/** Call the simulator: what WeChat's client does itself. */
export async function wechat(method, path, body) {
  const { status, body: answer } = await fetchJson(`/control/${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (status !== 200) {
    throw new Error(answer.error);
  }
  return answer;
}

async function callShop(method, path, body, key) {
  const headers = { 'Accept-Language': locale(), 'X-Platform': 'android' };
  if (session.token) {
    headers.Authorization = `Bearer ${session.token}`;
  }
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  if (key) {
    headers['Idempotency-Key'] = key;
  }
  let answer;
  try {
    answer = await fetchJson(`/phone/api/${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ShopError(-1, text('unreachable'));
  }
  if (answer.body.code !== 0) {
    const message = answer.status === 502 && answer.body.code === -1 ? text('unreachable') : answer.body.msg;
    throw new ShopError(answer.body.code, message);
  }
  return answer.body.data;
}

/** Call the shop's API; a token that has run out is renewed once. */
export async function shop(method, path, body, key) {
  try {
    return await callShop(method, path, body, key);
  } catch (error) {
    if (error.code !== 2 || path === 'login') {
      throw error;
    }
    await login(session.openid);
    return callShop(method, path, body, key);
  }
}

/** Read all pages of a list (at most ten). */
export async function shopList(path, query) {
  const items = [];
  let cursor = null;
  for (let page = 0; page < 10; page += 1) {
    const parameters = new URLSearchParams({ ...query, ...(cursor ? { cursor } : {}) });
    const data = await shop('GET', `${path}${parameters.size ? `?${parameters}` : ''}`);
    items.push(...data.items);
    cursor = data.next_cursor;
    if (!cursor) {
      break;
    }
  }
  return items;
}

/** Play wx.login and exchange the code at the shop. */
export async function login(openid) {
  session.openid = openid;
  session.token = '';
  localStorage.setItem('sandbox.openid', openid);
  const { code } = await wechat('POST', 'login-code', { openid, appid: session.appid });
  const data = await callShop('POST', 'login', { code, appid: session.appid });
  session.token = data.token;
}

/** Return a new idempotency key. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
