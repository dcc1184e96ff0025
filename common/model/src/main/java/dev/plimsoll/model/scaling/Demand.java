package dev.plimsoll.model.scaling;

/**
 * What a run has to do, and what its fleet is good for.
 *
 * @param waitingTokens that workers could train: in open steps, and behind them what can form steps
 * @param stepTokens of one step; 0 while none was committed
 * @param stepSamples of one step at most: more workers than samples never share a step
 * @param workers in the fleet, those that join among them
 * @param tokensPerSecond of one worker while it computes; 0 while none has
 * @param exchangeSeconds of a step, in which no worker computes; 0 while it is not known
 */
public record Demand(
        long waitingTokens,
        long stepTokens,
        int stepSamples,
        int workers,
        double tokensPerSecond,
        double exchangeSeconds) {

    public Demand {
        require(waitingTokens >= 0, "waitingTokens", waitingTokens);
        require(stepTokens >= 0, "stepTokens", stepTokens);
        require(stepSamples >= 1, "stepSamples", stepSamples);
        require(workers >= 0, "workers", workers);
        require(tokensPerSecond >= 0, "tokensPerSecond", tokensPerSecond);
        require(exchangeSeconds >= 0, "exchangeSeconds", exchangeSeconds);
    }

    private static void require(boolean holds, String name, Number value) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value);
        }
    }

    /** How long one step takes at present; 0 while none was committed. */
    double stepSeconds() {
        return tokensPerSecond == 0 || stepTokens == 0
                ? 0
                : exchangeSeconds + stepTokens / tokensPerSecond / Math.max(1, workers);
    }
}
