import { describe, expect, test } from "@odoo/hoot";
import { MatrixState } from "@rbac_ext/matrix/matrix_state";

describe.current.tags("headless");

const permission = (id, code, name) => ({
    id,
    code,
    name,
    description: "",
    app: code.split(".")[0],
    app_name: code.split(".")[0].toUpperCase(),
    area: code.split(".").slice(0, 2).join("."),
    approval: "never",
});

function makeState(values = {}) {
    return new MatrixState({
        roles: [
            { id: 1, name: "Clerk" },
            { id: 2, name: "Boss" },
        ],
        permissions: [
            permission(10, "shop.order.refund", "Refund"),
            permission(11, "shop.order.cancel", "Cancel"),
            permission(12, "books.entry.adjust", "Adjust"),
        ],
        cells: [
            [1, 10, true],
            [2, 10, false],
            [2, 12, true],
        ],
        editable: true,
        ...values,
    });
}

const codes = (groups) =>
    groups.flatMap((group) =>
        group.areas.flatMap((area) => area.rows.map((row) => row.permission.code))
    );

test("rows are grouped by application and area", () => {
    const groups = makeState().groups();
    expect(groups.map((group) => [group.key, group.name, group.count])).toEqual([
        ["shop", "SHOP", 2],
        ["books", "BOOKS", 1],
    ]);
    expect(groups[0].areas.map((area) => area.key)).toEqual(["shop.order"]);
});

test("all words of a search have to be found", () => {
    const state = makeState();
    expect(codes(state.groups({ query: "SHOP ref" }))).toEqual(["shop.order.refund"]);
    expect(codes(state.groups({ query: "shop adjust" }))).toEqual([]);
});

test("a comparison shows what differs, inherited permissions included", () => {
    expect(codes(makeState().groups({ compare: [1, 2] }))).toEqual(["books.entry.adjust"]);
});

test("changes are told once and end when they are taken back", () => {
    const state = makeState();
    const [refund, cancel] = state.rows;
    state.toggle(refund, 1);
    state.toggle(cancel, 2);
    expect(state.changes()).toEqual([
        [1, 10, false],
        [2, 11, true],
    ]);
    state.toggle(refund, 1);
    expect(state.changes()).toEqual([[2, 11, true]]);
    state.reset();
    expect(state.changes()).toEqual([]);
});

test("inherited permissions and foreign eyes change nothing", () => {
    const state = makeState();
    state.toggle(state.rows[0], 2);
    expect(state.changes()).toEqual([]);
    const readonly = makeState({ editable: false });
    readonly.toggle(readonly.rows[0], 1);
    expect(readonly.changes()).toEqual([]);
});
