import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor } from "@web/core/colors/colors";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { localize, scale } from "../amount/amount";

/** Bars of what moved each day, a colour a reason. Labels show exact amounts, bars need not. */
export class FlowChart extends Component {
    static template = "wx_ledger.FlowChart";
    static props = { flow: Object, decimals: Number };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.flow, this.props.decimals]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        const { flow, decimals } = this.props;
        this.chart?.destroy();
        this.chart = new Chart(this.canvas.el, {
            type: "bar",
            data: {
                labels: flow.days.map((day) => formatDate(deserializeDate(day))),
                datasets: flow.reasons.map((reason, index) => ({
                    label: reason.name || _t("Other reasons"),
                    data: reason.amounts.map((amount) => Number(scale(amount, decimals))),
                    exact: reason.amounts,
                    backgroundColor: getColor(index, cookie.get("color_scheme"), flow.reasons.length),
                })),
            },
            options: {
                responsive: true,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                scales: {
                    x: { stacked: true, grid: { display: false } },
                    y: { stacked: true, beginAtZero: true },
                },
                plugins: {
                    legend: { position: "bottom" },
                    tooltip: {
                        filter: ({ raw }) => raw !== 0,
                        callbacks: {
                            label: ({ dataset, dataIndex }) =>
                                `${dataset.label}: ${localize(
                                    scale(dataset.exact[dataIndex], decimals)
                                )}`,
                        },
                    },
                },
            },
        });
    }
}
