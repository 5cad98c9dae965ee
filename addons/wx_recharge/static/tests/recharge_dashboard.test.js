import { expect, test } from "@odoo/hoot";
import { Deferred, animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

defineMailModels();

const SPANS = ["today", "yesterday", "week", "month"];
const LISTS = {};
for (const figure of ["orders", "paid", "delivered", "refunded", "customers"]) {
    for (const span of SPANS) {
        LISTS[`${figure}.${span}`] = { model: "wx.recharge.order", domain: [["state", "=", figure], ["id", ">", SPANS.indexOf(span)]] };
    }
}
LISTS.moving = { model: "wx.recharge.order", domain: [["state", "=", "paid"]] };
LISTS.suppliers = { model: "wx.recharge.attempt", domain: [["finished_at", ">", "2026-01-01"]] };
LISTS.countries = { model: "wx.recharge.order", domain: [["paid_at", ">", "2026-01-01"]] };

function figure(count, amount) {
    return Object.fromEntries(SPANS.map((span, index) => [span, { count: count * (index + 1), amount }]));
}

function answer(values = {}) {
    return {
        days: 7,
        periods: [1, 7, 30],
        empty: false,
        figures: {
            orders: figure(1200, "9000000000000000001"),
            paid: figure(3, "7140"),
            delivered: figure(2, "-5"),
            refunded: figure(0, "0"),
            customers: figure(9, "0"),
        },
        desk: { person: 2, requests: 0, alarms: null, moving: 5 },
        suppliers: [{ id: 4, name: "Reloadly", ended: 3, good: 2, seconds: 61 }],
        countries: [{ id: 7, name: "Thailand", count: 3, amount: "7140" }],
        flow: { days: [], series: [] },
        lists: LISTS,
        ...values,
    };
}

async function openDashboard() {
    onRpc("rbac.approval", "count_waiting", () => 0); // of the counter in the systray
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "wx_recharge.dashboard" });
    await animationFrame();
}

function onLoad(callback) {
    onRpc("wx.recharge.dashboard", "load_dashboard", ({ kwargs }) => callback(kwargs));
}

/** Have what the screen opens written down instead of opened. */
function catchActions() {
    const opened = [];
    const service = getService("action");
    service.doAction = (action) => opened.push(action);
    return opened;
}

const cell = (name) => `[data-figure="${name}"]`;

test("figures are exact, in yuan", async () => {
    onLoad(() => answer());
    await openDashboard();
    expect(`${cell("orders.today")} a`).toHaveText("1,200");
    expect(`${cell("orders.today")} .small`).toHaveText("¥ 90,000,000,000,000,000.01");
    expect(`${cell("delivered.week")} .small`).toHaveText("margin ¥ -0.05");
    expect(`${cell("customers.month")} a`).toHaveText("36");
    expect(`${cell("customers.month")} .small`).toHaveCount(0);
    expect(".o_recharge_suppliers tbody td:eq(2)").toHaveText("66.6 %");
    expect(".o_recharge_suppliers tbody td:eq(3)").toHaveText("61 s");
    expect(".o_recharge_countries tbody td:last").toHaveText("¥ 71.40");
});

test("what may not be seen is left out", async () => {
    const figures = { ...answer().figures, customers: null };
    onLoad(() => answer({ figures }));
    await openDashboard();
    expect(cell("customers.today")).toHaveCount(0);
    expect("[data-card=alarms]").toHaveCount(0);
    expect("[data-card=person]").toHaveClass("border-danger");
    expect("[data-card=requests]").not.toHaveClass("border-danger");
    expect("[data-card=moving]").not.toHaveClass("border-danger");
});

test("every number opens its list", async () => {
    onLoad(() => answer());
    await openDashboard();
    const opened = catchActions();
    for (const name of Object.keys(LISTS).filter((name) => name.includes("."))) {
        await contains(`${cell(name)} a`).click();
        expect(opened.pop().domain).toEqual(LISTS[name].domain);
    }
    await contains("[data-card=moving]").click();
    expect(opened.pop().domain).toEqual(LISTS.moving.domain);
    await contains("[data-card=person]").click();
    expect(opened.pop()).toBe("wx_recharge.wx_recharge_order_action_person");
    await contains(".o_recharge_suppliers tbody tr").click();
    expect(opened.pop().domain).toEqual([...LISTS.suppliers.domain, ["supplier_id", "=", 4]]);
    await contains(".o_recharge_countries tbody tr").click();
    expect(opened.pop().domain).toEqual([...LISTS.countries.domain, ["country_id", "=", 7]]);
});

test("without orders it says what to do", async () => {
    onLoad(() => answer({ empty: true }));
    await openDashboard();
    expect(".o_view_nocontent_smiling_face").toHaveText("No orders in the last 30 days");
    expect(".o_recharge_figures").toHaveCount(0);
});

test("the screen opens at once; an error is told and tried again", async () => {
    const waiting = new Deferred();
    let fails = true;
    onLoad(async () => {
        await waiting;
        if (fails) {
            throw new Error("out of order");
        }
        return answer();
    });
    await openDashboard();
    expect(".o_payment_loading").toHaveCount(1);
    waiting.resolve();
    await animationFrame();
    expect(".o_payment_error").toHaveCount(1);
    fails = false;
    await contains(".o_payment_error button").click();
    await animationFrame();
    expect(".o_payment_error").toHaveCount(0);
    expect(cell("paid.today")).toHaveCount(1);
});

test("another period is asked for, and a late answer does not replace it", async () => {
    const slow = new Deferred();
    onLoad(({ days }) => {
        expect.step(days);
        return days === 30 ? slow : answer({ days, countries: [{ id: 1, name: `In ${days}`, count: 1, amount: "1" }] });
    });
    await openDashboard();
    await contains(".btn-group .btn:contains(30 days)").click();
    await contains(".btn-group .btn:contains(Today)").click();
    await animationFrame();
    slow.resolve(answer({ days: 30 }));
    await animationFrame();
    expect(".o_recharge_countries tbody td:first").toHaveText("In 1");
    expect.verifySteps([7, 30, 1]);
});
