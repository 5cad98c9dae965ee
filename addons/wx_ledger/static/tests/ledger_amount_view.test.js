import { expect, test } from "@odoo/hoot";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

class Movement extends models.Model {
    amount = fields.Integer({ aggregator: "sum" });
    decimal_places = fields.Integer({ aggregator: undefined });
    asset = fields.Char();

    _records = [
        { id: 1, asset: "CNY", amount: 123456, decimal_places: 2 },
        { id: 2, asset: "CNY", amount: -5, decimal_places: 2 },
        { id: 3, asset: "POINTS", amount: 1000, decimal_places: 0 },
    ];
}

defineMailModels();
defineModels([Movement]);

const LIST = `
    <list>
        <field name="asset"/>
        <field name="amount" widget="ledger_amount"/>
    </list>`;

test("a list shows amounts in each asset's own unit", async () => {
    await mountView({ type: "list", resModel: "movement", arch: LIST });
    expect(".o_data_row span.o_ledger_amount").toHaveCount(3);
    expect(".o_data_row:eq(0) [name=amount]").toHaveText("1,234.56");
    expect(".o_data_row:eq(1) [name=amount]").toHaveText("-0.05");
    expect(".o_data_row:eq(2) [name=amount]").toHaveText("1,000");
    expect(".o_data_row:eq(1) [name=amount] span").toHaveClass("o_ledger_negative");
});

test("a list shows what comes as text, exactly", async () => {
    onRpc("web_search_read", async ({ parent }) => {
        const answer = await parent();
        answer.records[0].amount = "9000000000000000001";
        return answer;
    });
    await mountView({ type: "list", resModel: "movement", arch: LIST });
    expect(".o_data_row:eq(0) [name=amount]").toHaveText("90,000,000,000,000,000.01");
});

test("sums of groups come scaled, and none over several assets", async () => {
    onRpc("web_read_group", async ({ parent }) => {
        const answer = await parent();
        answer.groups[0]["amount:sum"] = "180010000000000000.01";
        answer.groups[1]["amount:sum"] = false;
        return answer;
    });
    await mountView({ type: "list", resModel: "movement", arch: LIST, groupBy: ["asset"] });
    expect(".o_group_header:eq(0)").toHaveText(/180,010,000,000,000,000\.01/);
    expect(".o_group_header:eq(1) .o_list_number").toHaveText("");
});

test("a form writes smallest units, as text where a number would be rounded", async () => {
    const written = [];
    // The mock of the server takes no text for an integer; the server does.
    onRpc("web_save", ({ args: [, { amount }] }) => {
        written.push(amount);
        return [{ id: 1, amount, decimal_places: 2 }];
    });
    await mountView({
        type: "form",
        resModel: "movement",
        resId: 1,
        arch: `<form><field name="amount" widget="ledger_amount"/></form>`,
    });
    expect("[name=amount] input").toHaveValue("1,234.56");
    await contains("[name=amount] input").edit("0.07");
    await contains(".o_form_button_save").click();
    await contains("[name=amount] input").edit("90071992547409.93");
    await contains(".o_form_button_save").click();
    expect(written).toEqual([7, "9007199254740993"]);
});

test("a form does not take what is no amount", async () => {
    onRpc("web_save", () => expect.step("web_save"));
    await mountView({
        type: "form",
        resModel: "movement",
        resId: 1,
        arch: `<form><field name="amount" widget="ledger_amount"/></form>`,
    });
    await contains("[name=amount] input").edit("1.234");
    await contains(".o_form_button_save").click();
    expect("[name=amount]").toHaveClass("o_field_invalid");
    expect.verifySteps([]);
});
