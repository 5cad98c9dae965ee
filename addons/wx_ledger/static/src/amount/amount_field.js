import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";
import { useInputField } from "@web/views/fields/input_field_hook";
import { IntegerField } from "@web/views/fields/integer/integer_field";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { localize, parseAmount } from "./amount";
import { formatLedgerAmount } from "./amount_formatter";

/** Amount of an asset, in the asset's own unit and exact whatever its size. */
export class LedgerAmountField extends Component {
    static template = "wx_ledger.LedgerAmountField";
    static props = {
        ...standardFieldProps,
        decimalsField: { type: String, optional: true },
        signed: { type: Boolean, optional: true },
    };
    static defaultProps = { decimalsField: "decimal_places" };

    setup() {
        useInputField({
            getValue: () => this.formatted,
            parse: (text) => parseAmount(text, this.decimals),
        });
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get decimals() {
        return this.props.record.data[this.props.decimalsField] || 0;
    }

    get formatted() {
        return formatLedgerAmount(this.value, {
            data: this.props.record.data,
            decimalsField: this.props.decimalsField,
        });
    }

    get isNegative() {
        return String(this.value).startsWith("-");
    }

    /** With the sign of what comes in: people look for it first in a list of movements. */
    get shown() {
        const positive = this.props.signed && this.value && !this.isNegative;
        return positive ? `+${this.formatted}` : this.formatted;
    }
}

export const ledgerAmountField = {
    component: LedgerAmountField,
    displayName: _t("Amount of an Asset"),
    supportedOptions: [
        { label: _t("Decimal places field"), name: "decimals_field", type: "string" },
        { label: _t("Show the sign"), name: "signed", type: "boolean" },
    ],
    supportedTypes: ["integer"],
    isEmpty: (record, name) => record.data[name] === false,
    fieldDependencies: ({ options }) => [
        { name: options.decimals_field || "decimal_places", type: "integer" },
    ],
    extractProps: ({ options }) => ({
        decimalsField: options.decimals_field || "decimal_places",
        signed: Boolean(options.signed),
    }),
};

registry.category("fields").add("ledger_amount", ledgerAmountField);

patch(IntegerField.prototype, {
    /** Show a whole number that comes as text, where no view names the widget. */
    get formattedValue() {
        return typeof this.value === "string" ? localize(this.value) : super.formattedValue;
    },
});
