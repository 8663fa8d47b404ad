// Claims that chance could fake: each is a test of one hypothesis, and all tests of a period are judged together.
import type { Claim } from './claim.ts';
import { discoveries } from './statistics.ts';

/** What one kind of observation tried, and of it what may be worth a claim: each of these with its `p`. */
export interface Trials {
  claims: Claim[];
  /** Hypotheses tested, those that gave no claim among them. */
  tests: number;
}

/** Share of false ones among the claims of change, in the mean: with nothing to find, one day in fifty has any. */
export const FALSE_DISCOVERIES = 0.02;

/** Those that survive Benjamini and Hochberg's procedure over all tests of the period. */
export function believed(trials: readonly Trials[]): Claim[] {
  const tests = trials.reduce((sum, { tests }) => sum + tests, 0);
  return discoveries(
    trials.flatMap(({ claims }) => claims),
    ({ p = 1 }) => p,
    FALSE_DISCOVERIES,
    tests,
  );
}
