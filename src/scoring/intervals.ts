import type { Interval } from '../domain/run-result.ts';

type Bounds = Pick<Interval, 'low' | 'high'>;

/** 97.5 % quantile of the standard normal distribution: a two-sided 95 % interval. */
const z = 1.959963984540054;
const tail = 0.025;

/**
 * Wilson's score interval at 95 % for a mean in [0,1] seen over `size` observations (> 0, need not be whole).
 * Source: E. B. Wilson, JASA 22 (1927). For fractional rewards it is conservative: their variance is at most p(1−p).
 */
export function wilson(mean: number, size: number): Bounds {
  const middle = mean + (z * z) / (2 * size);
  const reach = z * Math.sqrt((mean * (1 - mean)) / size + (z * z) / (4 * size * size));
  const scale = 1 + (z * z) / size;
  return {
    low: mean === 0 ? 0 : Math.max(0, (middle - reach) / scale),
    high: mean === 1 ? 1 : Math.min(1, (middle + reach) / scale),
  };
}

/** P(X ≥ successes) of a binomial variable, by summing its terms from their logarithms. */
function upperTail(successes: number, size: number, probability: number): number {
  let logChoose = 0;
  let sum = 0;
  for (let count = 0; count <= size; count += 1) {
    if (count > 0) logChoose += Math.log((size - count + 1) / count);
    if (count < successes) continue;
    sum += Math.exp(logChoose + count * Math.log(probability) + (size - count) * Math.log1p(-probability));
  }
  return sum;
}

/** The probability at which `successes` or more of `size` become as rare as one tail of the interval. */
function exactLowerBound(successes: number, size: number): number {
  if (successes === 0) return 0;
  let below = 0;
  let above = 1;
  // Each step halves the bracket: 60 of them reach the precision of a double.
  for (let step = 0; step < 60; step += 1) {
    const middle = (below + above) / 2;
    if (upperTail(successes, size, middle) < tail) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

/**
 * The exact 95 % interval of `successes` out of `size`, both whole numbers.
 * Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934); solved from the binomial tail itself.
 */
export function clopperPearson(successes: number, size: number): Bounds {
  return { low: exactLowerBound(successes, size), high: 1 - exactLowerBound(size - successes, size) };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Wilson's interval over an effective number of observations, for several trials of each task: trials of one task are
 * alike, so counting each as independent claims too much. The effective size is p(1−p)/s², s the standard error of the
 * mean of task means, kept between the number of tasks and the number of trials.
 * @param taskMeans mean reward of each task, at least one
 * @param trials graded trials in total
 */
export function clusteredWilson(taskMeans: readonly number[], trials: number): Bounds {
  const mean = meanOf(taskMeans);
  return wilson(mean, effectiveSize(taskMeans, mean, trials));
}

function effectiveSize(taskMeans: readonly number[], mean: number, trials: number): number {
  const tasks = taskMeans.length;
  if (tasks === 1 || mean === 0 || mean === 1) return tasks;
  const squares = taskMeans.reduce((sum, taskMean) => sum + (taskMean - mean) ** 2, 0);
  const squaredError = squares / (tasks - 1) / tasks;
  return squaredError === 0 ? trials : Math.min(trials, Math.max(tasks, (mean * (1 - mean)) / squaredError));
}

/** Up to this many tasks with one trial each the exact interval is used: Wilson's covers too little there. */
const exactUpTo = 10;

/**
 * The interval a score is shown with, chosen by the number of tasks and trials.
 * @param rewardsByTask graded rewards of each task, all in [0,1]; tasks without a graded trial do not count
 * @returns null when nothing was graded
 */
export function intervalOf(rewardsByTask: readonly (readonly number[])[]): Interval | null {
  const graded = rewardsByTask.filter((rewards) => rewards.length > 0);
  const rewards = graded.flat();
  if (rewards.length === 0) return null;
  if (rewards.length > graded.length) {
    const bounds = clusteredWilson(graded.map(meanOf), rewards.length);
    return { ...bounds, level: 0.95, method: 'wilson-clustered' };
  }
  if (rewards.length <= exactUpTo && rewards.every((reward) => reward === 0 || reward === 1)) {
    const successes = rewards.filter((reward) => reward === 1).length;
    return { ...clopperPearson(successes, rewards.length), level: 0.95, method: 'clopper-pearson' };
  }
  return { ...wilson(meanOf(rewards), rewards.length), level: 0.95, method: 'wilson' };
}
