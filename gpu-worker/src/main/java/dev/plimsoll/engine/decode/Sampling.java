package dev.plimsoll.engine.decode;

/**
 * How the next token is chosen.
 *
 * @param temperature 0 takes the likeliest token, always
 * @param topP of the likeliest tokens so many take part that their probabilities reach this; 1: all
 * @param seed of the numbers by which tokens are drawn
 * @param repetitionPenalty the logits of tokens that were there are lowered by this factor; 1: not
 */
public record Sampling(double temperature, double topP, long seed, double repetitionPenalty) {

    /** Always the likeliest token. */
    public static final Sampling GREEDY = new Sampling(0, 1, 0, 1);

    public Sampling {
        require("temperature", temperature, temperature >= 0, "at least 0");
        require("top-p", topP, topP > 0 && topP <= 1, "above 0 and at most 1");
        require("repetition penalty", repetitionPenalty, repetitionPenalty > 0, "above 0");
    }

    boolean isGreedy() {
        return temperature == 0;
    }

    boolean penalises() {
        return repetitionPenalty != 1;
    }

    private static void require(String name, double value, boolean holds, String range) {
        if (!holds || !Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be " + range);
        }
    }
}
