import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";
import { localization } from "@web/core/l10n/localization";
import { localize, parseAmount, scale } from "@wx_ledger/amount/amount";
import { formatAnyInteger, formatLedgerAmount } from "@wx_ledger/amount/amount_formatter";
import { forSpreadsheet } from "@wx_ledger/lazy/amount_views";

describe.current.tags("headless");

beforeEach(() => {
    patchWithCleanup(localization, { decimalPoint: ".", thousandsSep: ",", grouping: [3, 0] });
});

test("an amount is written in the asset's own unit", () => {
    expect(scale(123456, 2)).toBe("1234.56");
    expect(scale(-5, 2)).toBe("-0.05");
    expect(scale(0, 2)).toBe("0.00");
    expect(scale(7, 0)).toBe("7");
    expect(scale(1, 8)).toBe("0.00000001");
});

test("no digit is lost beyond 2⁵³", () => {
    expect(scale("9007199254740993", 2)).toBe("90071992547409.93");
    expect(scale("-9000000000000000001", 8)).toBe("-90000000000.00000001");
});

test("thousands are grouped as the language does", () => {
    expect(localize("-1234567.89")).toBe("-1,234,567.89");
    expect(localize("9000000000000000001")).toBe("9,000,000,000,000,000,001");
    expect(localize("12")).toBe("12");
});

test("another language has other separators", () => {
    patchWithCleanup(localization, { decimalPoint: ",", thousandsSep: "." });
    expect(localize("1234567.89")).toBe("1.234.567,89");
    expect(parseAmount("1.234,5", 2)).toBe(123450);
});

test("what is typed becomes smallest units", () => {
    expect(parseAmount("1,234.5", 2)).toBe(123450);
    expect(parseAmount(" -0.05 ", 2)).toBe(-5);
    expect(parseAmount("12", 0)).toBe(12);
    expect(parseAmount("90071992547409.93", 2)).toBe("9007199254740993");
});

test("what is no amount of the asset is refused", () => {
    for (const text of ["", "-", "1.234", "1,23", "1e5", "0x10", "1.2.3", "=1+1", "abc", "."]) {
        expect(() => parseAmount(text, 2)).toThrow(/is no amount/);
    }
    expect(() => parseAmount("92233720368547758.08", 2)).toThrow(/too large/);
});

test("a record's amount is scaled, a group's sum is not scaled again", () => {
    expect(formatLedgerAmount(1000, { data: { decimal_places: 2 } })).toBe("10.00");
    expect(formatLedgerAmount("9000000000000000001", { data: { decimal_places: 2 } })).toBe(
        "90,000,000,000,000,000.01"
    );
    expect(formatLedgerAmount("1234567890123456789.01")).toBe("1,234,567,890,123,456,789.01");
    expect(formatLedgerAmount(3, { data: { places: 1 }, decimalsField: "places" })).toBe("0.3");
});

test("there is no sum over several assets", () => {
    expect(formatLedgerAmount(false)).toBe("");
});

test("an integer that comes as text is shown by any view", () => {
    expect(formatAnyInteger("9007199254740993")).toBe("9,007,199,254,740,993");
    expect(formatAnyInteger(1234)).toBe("1,234");
    expect(formatAnyInteger(false)).toBe("");
});

test("a spreadsheet gets numbers as long as it keeps them", () => {
    expect(forSpreadsheet("1234567890123.45")).toBe(1234567890123.45);
    expect(forSpreadsheet("-12345678901234.56")).toBe("-12345678901234.56");
    expect(forSpreadsheet(5)).toBe(5);
    expect(forSpreadsheet("")).toBe("");
});
