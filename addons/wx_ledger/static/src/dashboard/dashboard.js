import { Component, onWillStart, useState } from "@odoo/owl";
import { serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { localize, scale } from "../amount/amount";
import { FlowChart } from "./flow_chart";

const { DateTime } = luxon;

export class LedgerDashboard extends Component {
    static template = "wx_ledger.Dashboard";
    static components = { FlowChart, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        this.periods = [
            { days: 7, label: _t("7 days") },
            { days: 30, label: _t("30 days") },
            { days: 90, label: _t("90 days") },
        ];
        this.state = useState({ data: null, loading: true, error: "", days: 30 });
        this.load = this.load.bind(this);
        // The screen opens at once; the figures follow.
        onWillStart(() => void this.load());
    }

    async load(changes = {}) {
        const { data } = this.state;
        const request = (this.request = {
            asset_id: data?.asset_id,
            date_from: data?.date_from,
            date_to: data?.date_to,
            ...changes,
        });
        this.state.loading = true;
        this.state.error = "";
        try {
            const answer = await this.orm.call("wx.ledger.dashboard", "load_dashboard", [], request);
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
        return this.load(this.request);
    }

    // What is shown

    get cards() {
        const { figures } = this.state.data;
        return [
            { name: "circulation", label: _t("In circulation"), value: this.amount(figures.circulation) },
            { name: "held", label: _t("Held"), value: this.amount(figures.held) },
            { name: "issued", label: _t("Issued in the period"), value: this.amount(figures.issued) },
            { name: "burnt", label: _t("Burnt in the period"), value: this.amount(figures.burnt) },
            { name: "accounts", label: _t("Accounts"), value: localize(String(figures.accounts)) },
        ];
    }

    amount(units) {
        return localize(scale(units, this.state.data.decimal_places));
    }

    // What is chosen

    onAsset(ev) {
        return this.load({ asset_id: Number(ev.target.value) });
    }

    onPeriod(days) {
        this.state.days = days;
        const today = DateTime.local();
        return this.load({
            date_from: serializeDate(today.minus({ days: days - 1 })),
            date_to: serializeDate(today),
        });
    }

    onDate(name, ev) {
        if (ev.target.value) {
            this.state.days = 0;
            return this.load({ [name]: ev.target.value });
        }
    }

    openAccount(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "wx.ledger.account",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openCard(name) {
        const xmlids = {
            held: "wx_ledger.wx_ledger_hold_action",
            accounts: "wx_ledger.wx_ledger_account_action",
        };
        if (xmlids[name]) {
            return this.action.doAction(xmlids[name], {
                additionalContext: { search_default_asset_id: this.state.data.asset_id },
            });
        }
    }
}

registry.category("actions").add("wx_ledger.dashboard", LedgerDashboard);
