import { expect, test } from "@odoo/hoot";
import { Deferred, animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

defineMailModels();

const PERIOD = { date_from: "2026-03-01", date_to: "2026-03-30" };
const ASSETS = [
    { id: 1, name: "CNY Renminbi" },
    { id: 2, name: "POINTS Points" },
];

function answer(values = {}) {
    return {
        ...PERIOD,
        assets: ASSETS,
        asset_id: 1,
        decimal_places: 2,
        figures: {
            circulation: "9000000000000000001",
            issued: "0",
            burnt: "0",
            held: "5",
            accounts: 1234,
        },
        top: [{ id: 7, name: "Customer 12 · CNY", balance: "123456" }],
        flow: { days: [], reasons: [] },
        ...values,
    };
}

async function openDashboard() {
    onRpc("rbac.approval", "count_waiting", () => 0); // of the counter in the systray
    await mountWithCleanup(WebClient);
    await getService("action").doAction({ type: "ir.actions.client", tag: "wx_ledger.dashboard" });
}

function onLoad(callback) {
    onRpc("wx.ledger.dashboard", "load_dashboard", ({ kwargs }) => callback(kwargs));
}

const figure = (name) => `[data-card=${name}] .o_ledger_amount`;

test("figures are exact, in the asset's own unit", async () => {
    onLoad(() => answer());
    await openDashboard();
    await animationFrame();
    expect(figure("circulation")).toHaveText("90,000,000,000,000,000.01");
    expect(figure("held")).toHaveText("0.05");
    expect(figure("accounts")).toHaveText("1,234");
    expect(".o_ledger_top td:last").toHaveText("1,234.56");
    expect("p:contains(Nothing moved in this period.)").toHaveCount(1);
});

test("the screen opens at once and says that it adds up", async () => {
    const waiting = new Deferred();
    onLoad(() => waiting);
    await openDashboard();
    expect(".o_ledger_loading").toHaveCount(1);
    waiting.resolve(answer());
    await animationFrame();
    expect(".o_ledger_loading").toHaveCount(0);
    expect(figure("held")).toHaveCount(1);
});

test("without an asset it says what to do", async () => {
    onLoad(() => ({ ...PERIOD, assets: [], asset_id: false }));
    await openDashboard();
    await animationFrame();
    expect(".o_view_nocontent_empty_folder").toHaveText("There is no asset yet");
    expect(".o_ledger_figures").toHaveCount(0);
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
    await animationFrame();
    expect(".o_ledger_error").toHaveCount(1);
    fails = false;
    await contains(".o_ledger_error button").click();
    await animationFrame();
    expect(".o_ledger_error").toHaveCount(0);
    expect(figure("held")).toHaveText("0.05");
});

test("another asset is asked for, and a late answer does not replace it", async () => {
    const slow = new Deferred();
    onLoad(({ asset_id }) => {
        expect.step(asset_id ?? "first");
        return asset_id === 2 ? slow : answer();
    });
    await openDashboard();
    await animationFrame();
    await contains(".o_ledger_asset").select("2");
    await contains(".o_ledger_asset").select("1");
    await animationFrame();
    slow.resolve(answer({ asset_id: 2, decimal_places: 0 }));
    await animationFrame();
    expect(figure("held")).toHaveText("0.05");
    expect.verifySteps(["first", 2, 1]);
});
