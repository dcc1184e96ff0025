package dev.plimsoll.cli.scaling;

/**
 * What a simulated day came to. All hours are of GPUs.
 *
 * @param idealHours that engines alone would compute for the same tokens, without joining, waiting
 *     or exchanging
 * @param joiningHours from a worker's start until it trains
 * @param repeatedHours of training that was lost with a worker and done again
 * @param idleHours of workers that were ready and had no step to train
 * @param priceHours hours, each weighed by the price of its moment
 * @param askedMore how often the autoscaler raised the number of workers
 * @param askedLess how often it lowered it
 * @param reversals how often it raised the number within a join's time after it lowered it
 * @param lostWorkers that were taken away
 * @param openedSteps that were begun
 * @param committedSteps of them, those that ended
 * @param leftTokens that arrived and were never trained
 * @param meanWaitSeconds of a token from its arrival to its step's commit
 */
record DayFigures(
        double idealHours,
        double hours,
        double joiningHours,
        double repeatedHours,
        double idleHours,
        double priceHours,
        int askedMore,
        int askedLess,
        int reversals,
        int lostWorkers,
        int openedSteps,
        int committedSteps,
        double leftTokens,
        double meanWaitSeconds) {

    double overIdeal() {
        return hours / idealHours;
    }

    /** Of all GPU time, what preemption cost: joining again, and training again. */
    double lostShare() {
        return (joiningHours + repeatedHours) / hours;
    }
}
