// What the page says, in Chinese (default) and English.

const TEXTS = {
  zh: {
    title: '环球充值',
    hero: '海外手机充值',
    number: '请输入手机号',
    airtime: '话费',
    data: '流量',
    shop: '充值',
    orders: '我的订单',
    messages: '消息',
    serviceMessages: '服务通知',
    me: '我',
    refresh: '刷新',
    login: '登录',
    loginHint: '相当于 wx.login：换一个 openid 就是换一个微信用户。',
    scan: '扫一扫',
    paymentCode: '付款码',
    loggedIn: '已登录',
    loggedOut: '未登录',
    buy: '立即充值',
    wechatPay: '微信支付',
    orderNumber: '商户订单号',
    payWith: '付款方式',
    change: '零钱',
    accept: '支付后接收一次到账通知',
    payNow: '立即支付',
    cancel: '取消',
    cancelOrder: '取消订单',
    pay: '去支付',
    paid: '支付成功',
    confirming: '支付确认中',
    cancelled: '已取消支付',
    ordered: '下单成功',
    detected: '识别为 {name}',
    candidates: '可选运营商：{name}',
    noPackages: '暂无可售套餐',
    noOrders: '还没有订单',
    noMessages: '还没有消息',
    soldOut: '已售罄',
    days: '{days} 天有效',
    arrives: '到账 {value} {currency}',
    hot: '热门',
    recommended: '推荐',
    recent: '最近',
    saveNumber: '保存号码',
    saved: '号码已保存',
    forget: '删除',
    listPrice: '原价',
    coupons: '优惠券',
    noCoupon: '不使用优惠券',
    noCoupons: '暂无优惠券',
    bestCoupon: '最优方案：省 {saving}',
    buyAgain: '再来一单',
    notSold: '该套餐已停售',
    needNumber: '请输入手机号',
    needPackage: '请选择套餐',
    needLogin: '请先登录',
    unreachable: '无法连接商城',
    details: '查看详情',
    states: {
      draft: '草稿',
      awaiting_payment: '待支付',
      paid: '已支付',
      fulfilling: '充值中',
      delivered: '已到账',
      failed: '充值失败',
      refunding: '退款中',
      refunded: '已退款',
      closed: '已关闭',
      cancelled: '已取消',
      anomaly: '处理中',
    },
  },
  en: {
    title: 'Global Top-up',
    hero: 'Top up a phone abroad',
    number: 'Phone number',
    airtime: 'Airtime',
    data: 'Data',
    shop: 'Top up',
    orders: 'My orders',
    messages: 'Messages',
    serviceMessages: 'Service messages',
    me: 'Me',
    refresh: 'Refresh',
    login: 'Log in',
    loginHint: 'Plays wx.login: another openid is another WeChat user.',
    scan: 'Scan',
    paymentCode: 'Payment code',
    loggedIn: 'Logged in',
    loggedOut: 'Not logged in',
    buy: 'Top up now',
    wechatPay: 'WeChat Pay',
    orderNumber: 'Merchant order no.',
    payWith: 'Payment method',
    change: 'Balance',
    accept: 'Receive one message when it arrives',
    payNow: 'Pay',
    cancel: 'Cancel',
    cancelOrder: 'Cancel order',
    pay: 'Pay',
    paid: 'Payment successful',
    confirming: 'Confirming payment',
    cancelled: 'Payment cancelled',
    ordered: 'Order placed',
    detected: 'Detected: {name}',
    candidates: 'Operators: {name}',
    noPackages: 'Nothing on sale here',
    noOrders: 'No orders yet',
    noMessages: 'No messages yet',
    soldOut: 'Sold out',
    days: 'valid {days} days',
    arrives: '{value} {currency} arrives',
    hot: 'Hot',
    recommended: 'Recommended',
    recent: 'Recent',
    saveNumber: 'Save the number',
    saved: 'Number saved',
    forget: 'Delete',
    listPrice: 'Price',
    coupons: 'Coupons',
    noCoupon: 'Use no coupon',
    noCoupons: 'No coupons',
    bestCoupon: 'Best choice: save {saving}',
    buyAgain: 'Buy again',
    notSold: 'This is not sold any more',
    needNumber: 'Enter a phone number',
    needPackage: 'Choose a package',
    needLogin: 'Log in first',
    unreachable: 'The shop cannot be reached',
    details: 'Details',
    states: {
      draft: 'Draft',
      awaiting_payment: 'To pay',
      paid: 'Paid',
      fulfilling: 'In progress',
      delivered: 'Delivered',
      failed: 'Failed',
      refunding: 'Refunding',
      refunded: 'Refunded',
      closed: 'Closed',
      cancelled: 'Cancelled',
      anomaly: 'In progress',
    },
  },
};

let language = localStorage.getItem('sandbox.language') === 'en' ? 'en' : 'zh';

/** Return a text, with `{name}` parts filled in. */
export function text(key, values = {}) {
  const found = key.split('.').reduce((node, part) => node?.[part], TEXTS[language]);
  return (found ?? key).replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? '');
}

/** Return the language the shop should answer in. */
export function locale() {
  return language === 'zh' ? 'zh-CN' : 'en-US';
}

/** Change to the other language. */
export function toggleLanguage() {
  language = language === 'zh' ? 'en' : 'zh';
  localStorage.setItem('sandbox.language', language);
}

/** Fill every element that names its text. */
export function translatePage() {
  document.documentElement.lang = locale();
  document.title = text('title');
  document.getElementById('title').textContent = text('title');
  document.getElementById('lang-toggle').textContent = language === 'zh' ? 'EN' : '中';
  for (const node of document.querySelectorAll('[data-text]')) {
    node.textContent = text(node.dataset.text);
  }
  for (const node of document.querySelectorAll('[data-placeholder]')) {
    node.placeholder = text(node.dataset.placeholder);
  }
  for (const node of document.querySelectorAll('[data-label]')) {
    node.title = text(node.dataset.label);
    node.setAttribute('aria-label', node.title);
  }
}
