import { registry } from "@web/core/registry";
import { localize, scale } from "./amount";

const formatters = registry.category("formatters");

/**
 * Format an amount of a record (whole number of smallest units, `data` tells the asset's decimal
 * places), or the sum of a group, which the server sends as text in the asset's own unit.
 *
 * @param {number | string | false} value false: a sum over several assets
 * @param {Object} [options]
 * @param {Object} [options.data] values of the record
 * @param {string} [options.decimalsField]
 * @returns {string}
 */
export function formatLedgerAmount(value, { data, decimalsField = "decimal_places" } = {}) {
    if (value === false || value === null || value === undefined) {
        return "";
    }
    if (data) {
        return localize(scale(value, data[decimalsField] || 0));
    }
    return localize(String(value));
}
formatLedgerAmount.extractOptions = ({ options }) => ({
    decimalsField: options.decimals_field,
});
formatters.add("ledger_amount", formatLedgerAmount);

// Where no view names the widget, whole numbers that come as text are shown as they are.
const formatInteger = formatters.get("integer");
export function formatAnyInteger(value, options) {
    return typeof value === "string" ? localize(value) : formatInteger(value, options);
}
formatAnyInteger.extractOptions = formatInteger.extractOptions;
formatters.add("integer", formatAnyInteger, { force: true });
