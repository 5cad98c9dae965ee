import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor } from "@web/core/colors/colors";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { localize, scale } from "@wx_ledger/amount/amount";

// Decimal places of the amounts, which are in fen.
export const FEN = 2;

/** Bars of what was paid each day, a colour a channel. Labels show exact amounts. */
export class VolumeChart extends Component {
    static template = "wx_payment.VolumeChart";
    static props = { flow: Object };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.flow]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        const { days, series } = this.props.flow;
        const scheme = cookie.get("color_scheme");
        this.chart?.destroy();
        this.chart = new Chart(this.canvas.el, {
            type: "bar",
            data: {
                labels: days.map((day) => formatDate(deserializeDate(day), { format: "MM-dd" })),
                datasets: series.map(({ name, amounts }, index) => ({
                    label: name || _t("Wallets"),
                    data: amounts.map((amount) => Number(scale(amount, FEN))),
                    exact: amounts,
                    backgroundColor: getColor(index, scheme, series.length),
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
                        callbacks: { label: (item) => this.label(item) },
                    },
                },
            },
        });
    }

    label({ dataset, dataIndex }) {
        return `${dataset.label}: ¥ ${localize(scale(dataset.exact[dataIndex], FEN))}`;
    }
}
