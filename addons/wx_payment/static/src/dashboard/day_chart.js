import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor } from "@web/core/colors/colors";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { localize, scale } from "@wx_ledger/amount/amount";

// Decimal places of the amounts, which are in fen.
export const FEN = 2;

/** Bars of an amount each day, a colour a series. Labels show exact amounts. */
export class DayChart extends Component {
    static template = "wx_payment.DayChart";
    static props = {
        flow: Object, // `days`, and `series` with their `name` and `amounts` in fen
        label: String, // for who does not see it
        unnamed: { type: String, optional: true }, // name of a series that has none
    };

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
        this.chart?.destroy();
        this.chart = new Chart(this.canvas.el, {
            type: "bar",
            data: this.data,
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

    get data() {
        const { days, series } = this.props.flow;
        const scheme = cookie.get("color_scheme");
        return {
            labels: days.map((day) => formatDate(deserializeDate(day), { format: "MM-dd" })),
            datasets: series.map(({ name, amounts }, index) => ({
                label: name || this.props.unnamed || "",
                data: amounts.map((amount) => Number(scale(amount, FEN))),
                exact: amounts,
                backgroundColor: getColor(index, scheme, series.length),
            })),
        };
    }

    label({ dataset, dataIndex }) {
        return `${dataset.label}: ¥ ${localize(scale(dataset.exact[dataIndex], FEN))}`;
    }
}
