import { expect, test } from "@odoo/hoot";
import { Deferred, animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { DayChart } from "@wx_payment/dashboard/day_chart";

defineMailModels();

const SPANS = ["today", "yesterday", "week", "month"];
const list = (model, value) => ({ model, domain: [["id", "=", value]] });
const LISTS = {
    ...Object.fromEntries(SPANS.map((span, index) => [span, list("wx.payment.order", index)])),
    success: list("wx.payment.attempt", 10),
    ways: list("wx.payment.attempt", 11),
    refunds: list("wx.payment.refund", 12),
    suspense: list("wx.payment.attempt", 13),
};

function answer(values = {}) {
    return {
        days: 7,
        periods: [1, 7, 30],
        empty: false,
        volume: Object.fromEntries(SPANS.map((span, index) => [span, { count: index + 1, amount: "9000000000000000001" }])),
        success: { paid: 2, ended: 3 },
        refunds: { count: 2, amount: "120", stuck: 1, requested: 3 },
        suspense: { count: 0, amount: "0" },
        differences: 4,
        troubles: 0,
        channels: [
            { id: 5, name: "Main", health: "down", health_name: "Down", called: true, share: 50, latency: 80, failure: "No answer" },
        ],
        ways: [{ channel_id: 5, channel: "Main", scene: "miniprogram", scene_name: "Mini-program", started: 3, paid: 1, ended: 2, amount: "500" }],
        flow: { days: ["2026-11-20", "2026-11-21"], series: [{ name: "", amounts: ["0", "9000000000000000001"] }] },
        lists: LISTS,
        ...values,
    };
}

async function openDashboard() {
    onRpc("rbac.approval", "count_waiting", () => 0); // of the counter in the systray
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "wx_payment.dashboard" });
    await animationFrame();
}

function onLoad(callback) {
    onRpc("wx.payment.dashboard", "load_dashboard", ({ kwargs }) => callback(kwargs));
}

const card = (name) => `[data-card=${name}]`;

test("figures are exact, in yuan", async () => {
    onLoad(() => answer());
    await openDashboard();
    expect(`${card("today")} .o_payment_amount`).toHaveText("¥ 90,000,000,000,000,000.01");
    expect(`${card("today")} .small`).toHaveText("1 order");
    expect(`${card("month")} .small`).toHaveText("4 orders");
    expect(`${card("success")} .o_payment_amount`).toHaveText("66.6 %");
    expect(`${card("refunds")} .small`).toHaveText("2, of which 1 need somebody");
    expect(".o_payment_ways tbody td:last").toHaveText("¥ 5.00");
    expect(".o_payment_channels .badge").toHaveText("Down");
});

test("what needs somebody is marked, what may not be seen left out", async () => {
    onLoad(() => answer({ differences: null }));
    await openDashboard();
    expect(card("differences")).toHaveCount(0);
    expect(card("refunds")).toHaveClass("border-danger");
    expect(card("suspense")).not.toHaveClass("border-danger");
});

test("every number opens what it counts", async () => {
    onLoad(() => answer());
    await openDashboard();
    const opened = [];
    getService("action").doAction = (action) => opened.push(action);
    for (const name of [...SPANS, "success", "refunds", "suspense"]) {
        await contains(card(name)).click();
        expect(opened.pop().domain).toEqual(LISTS[name].domain);
    }
    await contains(card("differences")).click();
    expect(opened.pop()).toBe("wx_payment.wx_payment_difference_action");
    await contains(".o_payment_ways tbody tr").click();
    expect(opened.pop().domain).toEqual([
        ...LISTS.ways.domain,
        ["channel_id", "=", 5],
        ["scene", "=", "miniprogram"],
    ]);
    await contains(".o_payment_channels tbody tr").click();
    expect(opened.pop()).toMatchObject({ res_model: "wx.payment.channel", res_id: 5 });
});

test("the chart tells exact amounts, and the name of a series without one", async () => {
    onLoad(() => answer());
    await openDashboard();
    expect(".o_payment_chart canvas").toHaveAttribute("aria-label", "Paid each day");
    const chart = await mountWithCleanup(DayChart, {
        props: { flow: answer().flow, label: "Chart", unnamed: "Wallets" },
    });
    const [dataset] = chart.data.datasets;
    expect(dataset.label).toBe("Wallets");
    expect(chart.label({ dataset, dataIndex: 1 })).toBe("Wallets: ¥ 90,000,000,000,000,000.01");
});

test("a late answer does not replace a later one", async () => {
    const slow = new Deferred();
    onLoad(({ days }) => (days === 30 ? slow : answer({ days, success: { paid: days, ended: 10 } })));
    await openDashboard();
    await contains(".btn-group .btn:contains(30 days)").click();
    await contains(".btn-group .btn:contains(Today)").click();
    await animationFrame();
    slow.resolve(answer({ days: 30 }));
    await animationFrame();
    expect(`${card("success")} .o_payment_amount`).toHaveText("10.0 %");
});

test("an error is told, and tried again", async () => {
    let fails = true;
    onLoad(() => {
        if (fails) {
            throw new Error("out of order");
        }
        return answer();
    });
    await openDashboard();
    expect(".o_payment_error").toHaveCount(1);
    fails = false;
    await contains(".o_payment_error button").click();
    await animationFrame();
    expect(".o_payment_error").toHaveCount(0);
    expect(card("today")).toHaveCount(1);
});
