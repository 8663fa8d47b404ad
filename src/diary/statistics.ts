// The statistics of the diary: robust centre and spread, tails of distributions, and how many claims may be believed at once.

/** The middle one, or the mean of the two in the middle; 0 of nothing. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Median absolute deviation, times 1.4826: the standard deviation, were the values of a normal distribution. */
export const spread = (values: readonly number[], middle = median(values)): number =>
  1.4826 * median(values.map((value) => Math.abs(value - middle)));

/** P(Z ≥ z) of the standard normal distribution (Numerical Recipes, erfc of fractional error below 1.2e-7). */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const x = z / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const series = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ].reduceRight((sum, c) => sum * t + c, 0);
  return (t * Math.exp(-x * x + series)) / 2;
}

/** P(T ≥ t) of Student's distribution: half the regularised incomplete beta function at df/(df + t²). */
export function studentTail(t: number, df: number): number {
  if (t < 0) return 1 - studentTail(-t, df);
  return incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2;
}

/** Regularised, by Lentz's continued fraction (Numerical Recipes §6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
}

function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const apart = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m < 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / apart(1 + even * d);
    c = apart(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / apart(1 + odd * d);
    c = apart(1 + odd / c);
    const step = d * c;
    result *= step;
    if (Math.abs(step - 1) < 1e-12) break;
  }
  return result;
}

/** Stirling's series for a ≥ 8, reached by the recurrence of the gamma function. */
function logGamma(a: number): number {
  if (a < 8) return logGamma(a + 1) - Math.log(a);
  return (
    (a - 0.5) * Math.log(a) - a + Math.log(2 * Math.PI) / 2 + 1 / (12 * a) - 1 / (360 * a ** 3) + 1 / (1260 * a ** 5)
  );
}

/** P(N ≤ n) of a negative binomial law by its mean and its variance over mean, which is more than 1. */
export function negativeBinomialBelow(n: number, mean: number, ratio: number): number {
  const size = mean / (ratio - 1);
  let term = ratio ** -size;
  let sum = term;
  for (let k = 1; k <= n; k++) {
    term *= ((k - 1 + size) / k) * (1 - 1 / ratio);
    sum += term;
  }
  return Math.min(1, sum);
}

/** The upper end of many values: what lies above a high percentile follows an exponential law (of logarithms; Pareto's of what they are of). */
export interface Tail {
  /** The percentile. */
  from: number;
  /** Mean excess above it. */
  mean: number;
  /** Values above it, and their share of all. */
  count: number;
  share: number;
}

/** The tail is the uppermost fortieth, or as many as tell its mean. */
const TAIL = 1 / 40;
const LEAST_IN_TAIL = 30;

/** @param values logarithms of what has the heavy tail */
export function tailOf(values: readonly number[]): Tail {
  const sorted = values.toSorted((a, b) => a - b);
  const size = Math.min(sorted.length, Math.max(LEAST_IN_TAIL, Math.ceil(sorted.length * TAIL)));
  const above = sorted.slice(sorted.length - size);
  const from = above[0] ?? 0;
  return {
    from,
    count: above.length,
    share: above.length / Math.max(1, sorted.length),
    mean: above.reduce((sum, value) => sum + value - from, 0) / Math.max(1, above.length),
  };
}

/** P(X ≥ value), the uncertainty of the mean excess included (the predictive distribution of an exponential law). */
export function beyond({ from, mean, count, share }: Tail, value: number): number {
  if (value <= from) return 1;
  if (mean <= 0 || count === 0) return share;
  return share * (1 + (value - from) / (mean * count)) ** -count;
}

/**
 * Benjamini and Hochberg (1995): of those with a p-value, which may be believed so that in the mean no more than a
 * share `q` of them is false. It holds for independent tests and for those that depend on each other positively
 * (Benjamini and Yekutieli 2001), as counts of one day do.
 */
export function discoveries<T>(candidates: readonly T[], p: (candidate: T) => number, q: number, tests: number): T[] {
  const sorted = candidates.toSorted((a, b) => p(a) - p(b));
  let believed = 0;
  for (const [index, candidate] of sorted.entries())
    if (p(candidate) <= (q * (index + 1)) / tests) believed = index + 1;
  return sorted.slice(0, believed);
}
