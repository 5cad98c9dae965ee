import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { sprintf } from "@web/core/utils/strings";
import { PeriodDashboard } from "@wx_payment/dashboard/period_dashboard";

export class RechargeDashboard extends PeriodDashboard {
    static template = "wx_recharge.Dashboard";
    static model = "wx.recharge.dashboard";
    static actions = {
        person: "wx_recharge.wx_recharge_order_action_person",
        requests: "wx_recharge.wx_recharge_refund_request_action",
        alarms: "wx_recharge.wx_recharge_shipping_action_alarm",
    };

    // What is shown

    /** The table of figures: a row a figure, a cell a span; what may not be seen is left out. */
    get rows() {
        const { figures } = this.state.data;
        const labels = {
            orders: _t("Orders"),
            paid: _t("Paid"),
            delivered: _t("Delivered"),
            refunded: _t("Refunded"),
            customers: _t("New customers"),
        };
        return Object.entries(labels)
            .filter(([name]) => figures[name])
            .map(([name, label]) => ({
                name,
                label,
                cells: Object.entries(this.spans).map(([span, spanLabel]) => ({
                    name: `${name}.${span}`,
                    label: `${label}, ${spanLabel}`,
                    value: this.count(figures[name][span].count),
                    note: this.note(name, figures[name][span].amount),
                })),
            }));
    }

    note(name, amount) {
        if (name === "customers") {
            return "";
        }
        if (name === "delivered") {
            return sprintf(_t("margin %s"), this.amount(amount));
        }
        return this.amount(amount);
    }

    get cards() {
        const { desk } = this.state.data;
        const labels = {
            person: _t("Need a person"),
            requests: _t("Refunds asked for"),
            alarms: _t("Shipping alarms"),
            moving: _t("Under way"),
        };
        return Object.entries(labels)
            .filter(([name]) => desk[name] !== null)
            .map(([name, label]) => ({
                name,
                label,
                value: this.count(desk[name]),
                alarm: name !== "moving" && desk[name] > 0,
            }));
    }

    get chartLabel() {
        return _t("Paid each day");
    }

    seconds(seconds) {
        return seconds === null ? "–" : sprintf(_t("%s s"), this.count(seconds));
    }

    // What is opened

    openSupplier({ id, name }) {
        return this.open("suppliers", name, [["supplier_id", "=", id]]);
    }

    openCountry({ id, name }) {
        return this.open("countries", name, [["country_id", "=", id]]);
    }
}

registry.category("actions").add("wx_recharge.dashboard", RechargeDashboard);
