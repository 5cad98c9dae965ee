import { registry } from "@web/core/registry";
import { graphView } from "@web/views/graph/graph_view";
import { GraphModel } from "@web/views/graph/graph_model";
import { pivotView } from "@web/views/pivot/pivot_view";
import { PivotModel } from "@web/views/pivot/pivot_model";

// What a spreadsheet keeps of a number.
const SPREADSHEET_DIGITS = 15;

/** Return a number where a spreadsheet keeps all of its digits, else the text. */
export function forSpreadsheet(value) {
    const isNumber = typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value);
    const isShort = isNumber && value.replace(/\D/g, "").length <= SPREADSHEET_DIGITS;
    return isShort ? Number(value) : value;
}

/** Sums come as exact text; a sum over several assets does not exist. */
export class LedgerPivotModel extends PivotModel {
    /** @override */
    _getMeasurements(group, config) {
        const measurements = super._getMeasurements(group, config);
        for (const [name, value] of Object.entries(measurements)) {
            if (value === false) {
                measurements[name] = undefined;
            }
        }
        return measurements;
    }

    /** @override */
    exportData() {
        const table = super.exportData();
        for (const cell of table.rows.flatMap((row) => row.values)) {
            cell.value = forSpreadsheet(cell.value);
        }
        return table;
    }
}

/** A picture needs no exact numbers. */
export class LedgerGraphModel extends GraphModel {
    /** @override */
    async _loadDataPoints(metaData) {
        const [points, currencies] = await super._loadDataPoints(metaData);
        for (const point of points) {
            point.value = Number(point.value);
            point.cumulatedStart = Number(point.cumulatedStart);
        }
        return [points, currencies];
    }
}

registry.category("views").add("ledger_pivot", { ...pivotView, Model: LedgerPivotModel });
registry.category("views").add("ledger_graph", { ...graphView, Model: LedgerGraphModel });
