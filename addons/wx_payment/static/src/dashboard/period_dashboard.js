import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { localize, scale } from "@wx_ledger/amount/amount";
import { DayChart, FEN } from "./day_chart";

/**
 * A screen of figures: the parts that all dashboards of the shop have.
 *
 * The server's `load_dashboard(days)` answers with the figures and with `lists`: name of a figure
 * → `model` and `domain` of the rows it counts.
 */
export class PeriodDashboard extends Component {
    static components = { DayChart, Layout };
    static props = { ...standardActionServiceProps };

    // Model that is asked, and the actions that open what has a screen of its own.
    static model = "";
    static actions = {};

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
            const { model } = this.constructor;
            const answer = await this.orm.call(model, "load_dashboard", [], { days });
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

    get spans() {
        return {
            today: _t("Today"),
            yesterday: _t("Yesterday"),
            week: _t("7 days"),
            month: _t("30 days"),
        };
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

    share(part, whole) {
        return whole ? `${localize((Math.floor((1000 * part) / whole) / 10).toFixed(1))} %` : "–";
    }

    // What is opened

    open(name, label, extra = []) {
        const action = this.constructor.actions[name];
        if (action) {
            return this.action.doAction(action);
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

    openRecord(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}
