/** `0.12 s`, `1 min 02 s`. */
export function seconds(milliseconds: number): string {
  const total = Math.max(0, milliseconds) / 1000;
  if (total < 60) return `${total.toFixed(2)} s`;
  const whole = Math.round(total);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** `33.3 %`, of a share from 0 to 1. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** `10,000`, `275`, `55.3`: three digits that count, thousands parted. */
export function figure(value: number): string {
  const places = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 1;
  const [whole = '', rest] = value.toFixed(places).split('.');
  return whole.replaceAll(/\B(?=(\d{3})+$)/g, ',') + (rest === undefined ? '' : `.${rest}`);
}
