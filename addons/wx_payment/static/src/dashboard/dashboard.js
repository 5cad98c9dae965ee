import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { sprintf } from "@web/core/utils/strings";
import { PeriodDashboard } from "./period_dashboard";

export class PaymentDashboard extends PeriodDashboard {
    static template = "wx_payment.Dashboard";
    static model = "wx.payment.dashboard";
    static actions = {
        differences: "wx_payment.wx_payment_difference_action",
        troubles: "wx_payment.wx_payment_trouble_action",
    };

    // What is shown

    get volumes() {
        const { volume } = this.state.data;
        return Object.entries(this.spans).map(([name, label]) => ({
            name,
            label,
            value: this.amount(volume[name].amount),
            note: this.orders(volume[name].count),
        }));
    }

    get success() {
        const { success } = this.state.data;
        return {
            label: _t("Payments completed"),
            value: this.share(success.paid, success.ended),
            note: sprintf(_t("%(paid)s of %(ended)s that came to an end"), success),
        };
    }

    get cards() {
        const { refunds, suspense, differences, troubles } = this.state.data;
        const cards = [
            {
                name: "refunds",
                label: _t("Refunds under way"),
                value: this.amount(refunds.amount),
                note: sprintf(_t("%(count)s, of which %(stuck)s need somebody"), refunds),
                alarm: refunds.stuck > 0,
            },
            {
                name: "suspense",
                label: _t("Suspense"),
                value: this.amount(suspense.amount),
                note: sprintf(_t("%(count)s payments"), suspense),
                alarm: suspense.count > 0,
            },
            { name: "troubles", label: _t("Repair desk"), value: this.count(troubles), alarm: troubles > 0 },
        ];
        if (differences !== null) {
            cards.push({
                name: "differences",
                label: _t("Open differences"),
                value: this.count(differences),
                alarm: differences > 0,
            });
        }
        return cards;
    }

    get wallets() {
        return _t("Wallets");
    }

    get chartLabel() {
        return _t("Paid each day");
    }

    orders(count) {
        return count === 1 ? _t("1 order") : sprintf(_t("%s orders"), this.count(count));
    }

    badge(health) {
        return { up: "text-bg-success", degraded: "text-bg-warning", down: "text-bg-danger" }[health];
    }

    // What is opened

    openWay({ channel_id, channel, scene, scene_name }) {
        return this.open("ways", `${channel}, ${scene_name}`, [
            ["channel_id", "=", channel_id],
            ["scene", "=", scene],
        ]);
    }

    openChannel(id) {
        return this.openRecord("wx.payment.channel", id);
    }
}

registry.category("actions").add("wx_payment.dashboard", PaymentDashboard);
