import { localization } from "@web/core/l10n/localization";
import { escapeRegExp } from "@web/core/utils/strings";
import { insertThousandsSep } from "@web/core/utils/numbers";
import { InvalidNumberError } from "@web/views/fields/parsers";

const MAX_INT8 = 2n ** 63n - 1n;

/**
 * Write an amount of smallest units in the asset's own unit: 123456 of 2 places is "1234.56".
 *
 * @param {number | string | bigint} units whole number; text where a number would be rounded
 * @param {number} [decimals] decimal places of the asset
 * @returns {string}
 */
export function scale(units, decimals = 0) {
    const amount = BigInt(units);
    const digits = String(amount < 0n ? -amount : amount).padStart(decimals + 1, "0");
    const whole = digits.slice(0, digits.length - decimals);
    const sign = amount < 0n ? "-" : "";
    return decimals ? `${sign}${whole}.${digits.slice(-decimals)}` : sign + whole;
}

/**
 * Write a plain decimal number as the user's language does, without going through a float.
 *
 * @param {string} text such as "-1234.56"
 * @returns {string}
 */
export function localize(text) {
    const [whole, fraction] = text.split(".");
    const negative = whole.startsWith("-");
    const grouped = insertThousandsSep(
        negative ? whole.slice(1) : whole,
        localization.thousandsSep,
        localization.grouping
    );
    const number = fraction ? grouped + localization.decimalPoint + fraction : grouped;
    return negative ? `-${number}` : number;
}

/** Return what a number looks like in the user's language: sign, whole part, fraction. */
function pattern() {
    const separator = escapeRegExp(localization.thousandsSep || "");
    const point = escapeRegExp(localization.decimalPoint);
    return new RegExp(`^(-?)(\\d[\\d${separator}]*)(?:${point}(\\d+))?$`);
}

/**
 * Read what a person typed in the asset's own unit as smallest units.
 *
 * @param {string} text
 * @param {number} [decimals] decimal places of the asset
 * @returns {number | string} text where a number would be rounded
 * @throws {InvalidNumberError} no number, more places than the asset has, or too large
 */
export function parseAmount(text, decimals = 0) {
    const match = text.trim().match(pattern());
    const [, sign, whole, fraction = ""] = match || [];
    const digits = whole?.replaceAll(localization.thousandsSep || " ", "");
    const isGrouped = whole !== digits;
    if (!match || fraction.length > decimals || (isGrouped && whole !== localize(digits))) {
        throw new InvalidNumberError(`"${text}" is no amount of ${decimals} decimal places`);
    }
    const amount = BigInt(sign + digits + fraction.padEnd(decimals, "0"));
    if (amount > MAX_INT8 || amount < -MAX_INT8) {
        throw new InvalidNumberError(`"${text}" is too large`);
    }
    return Number.isSafeInteger(Number(amount)) ? Number(amount) : String(amount);
}
