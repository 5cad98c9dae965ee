import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { View } from "@web/views/view";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * A list within a form that reads one page at a time: an account may have millions of entries,
 * all of whose ids an x2many field would fetch.
 */
export class LedgerList extends Component {
    static template = "wx_ledger.LedgerList";
    static components = { View };
    static props = {
        ...standardWidgetProps,
        model: String,
        link: String,
        listView: String,
    };

    setup() {
        this.action = useService("action");
    }

    get viewProps() {
        const { record, model, link, listView } = this.props;
        return {
            type: "list",
            resModel: model,
            domain: [[link, "=", record.resId]],
            context: { list_view_ref: listView },
            display: { searchPanel: false },
            noBreadcrumbs: true,
            allowSelectors: false,
            loadIrFilters: false,
            selectRecord: (resId) => this.open(resId),
            createRecord: () => {},
        };
    }

    open(resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: this.props.model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }
}

export const ledgerList = {
    component: LedgerList,
    extractProps: ({ attrs }) => ({
        model: attrs.model,
        link: attrs.link,
        listView: attrs.list_view,
    }),
};

registry.category("view_widgets").add("ledger_list", ledgerList);
