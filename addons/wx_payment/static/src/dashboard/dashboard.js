import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { sprintf } from "@web/core/utils/strings";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { localize, scale } from "@wx_ledger/amount/amount";
import { FEN, VolumeChart } from "./volume_chart";

const ACTIONS = {
    differences: "wx_payment.wx_payment_difference_action",
    troubles: "wx_payment.wx_payment_trouble_action",
};

export class PaymentDashboard extends Component {
    static template = "wx_payment.Dashboard";
    static components = { Layout, VolumeChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.state = useState({ data: null, loading: true, error: "", days: 7 });
        this.load = this.load.bind(this);
        // The screen opens at once; the figures follow.
        onWillStart(() => void this.load());
    }

    async load(days = this.state.days) {
        const request = (this.request = {});
        Object.assign(this.state, { days, loading: true, error: "" });
        try {
            const answer = await this.orm.call("wx.payment.dashboard", "load_dashboard", [], { days });
            if (request === this.request) {
                this.state.data = answer;
            }
        } catch (error) {
            if (request === this.request) {
                this.state.error = error.data?.message || _t("The server cannot be reached.");
            }
        } finally {
            if (request === this.request) {
                this.state.loading = false;
            }
        }
    }

    retry() {
        return this.load();
    }

    // What is shown

    get volumes() {
        const { volume } = this.state.data;
        const labels = {
            today: _t("Today"),
            yesterday: _t("Yesterday"),
            week: _t("7 days"),
            month: _t("30 days"),
        };
        return Object.entries(labels).map(([name, label]) => ({
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

    get periods() {
        const labels = { 1: _t("Today"), 7: _t("7 days"), 30: _t("30 days") };
        return this.state.data.periods.map((days) => ({ days, label: labels[days] }));
    }

    amount(fen) {
        return `¥ ${localize(scale(fen, FEN))}`;
    }

    count(number) {
        return localize(String(number));
    }

    orders(count) {
        return count === 1 ? _t("1 order") : sprintf(_t("%s orders"), this.count(count));
    }

    share(part, whole) {
        return whole ? `${localize((Math.floor((1000 * part) / whole) / 10).toFixed(1))} %` : "–";
    }

    badge(health) {
        return { up: "text-bg-success", degraded: "text-bg-warning", down: "text-bg-danger" }[health];
    }

    // What is opened

    open(name, label, extra = []) {
        if (ACTIONS[name]) {
            return this.action.doAction(ACTIONS[name]);
        }
        const { model, domain } = this.state.data.lists[name];
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: label,
            res_model: model,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: [...domain, ...extra],
        });
    }

    openWay({ channel_id, channel, scene, scene_name }) {
        return this.open("ways", `${channel}, ${scene_name}`, [
            ["channel_id", "=", channel_id],
            ["scene", "=", scene],
        ]);
    }

    openChannel(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "wx.payment.channel",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("wx_payment.dashboard", PaymentDashboard);
