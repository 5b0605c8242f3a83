/**
 * ln(n!), from a table that grows as needed: cumulative sums of ln(k), with the rounding error of each addition carried along (Neumaier).
 * The plain sum loses about 1e-9 by n = 100,000; carried, the error stays that of one rounding (1e-10 of a nat there), so probabilities
 * built from it are good to nine digits.
 */
export function logFactorial(n: number): number {
  for (let k = table.length; k <= n; k += 1) {
    const term = Math.log(k);
    const next = sum + term;
    carried += Math.abs(sum) >= term ? sum - next + term : term - next + sum;
    sum = next;
    table.push(sum + carried);
  }
  return table[n] ?? Number.NaN;
}

/** 0! and 1! */
const table: number[] = [0, 0];
let sum = 0;
let carried = 0;
