package dev.plimsoll.model.hf;

import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * How rotary positions are stretched so that a model takes longer sequences than it was first
 * trained on. The formulas are those of Transformers 5.18.
 */
public sealed interface RopeScaling {

    /**
     * The angle per position of each pair of a head of headDim values, in radians, in a sequence of
     * that many tokens.
     *
     * @return headDim / 2 values
     */
    double[] inverseFrequencies(double theta, int headDim, int tokens);

    /** The factor on cosine and sine: queries and keys grow by it. */
    default double attentionScaling() {
        return 1;
    }

    /** Up to so many tokens a sequence's frequencies do not depend on its length. */
    default int steadyTokens() {
        return Integer.MAX_VALUE;
    }

    /** The longest sequence that it is meant for, where the model's own limit is that. */
    default int reach(int maxPositionEmbeddings) {
        return maxPositionEmbeddings;
    }

    /** θ^(−2j/headDim) for each pair j. */
    static double[] plain(double theta, int headDim) {
        return IntStream.range(0, headDim / 2)
                .mapToDouble(j -> 1.0 / Math.pow(theta, 2.0 * j / headDim))
                .toArray();
    }

    private static int times(double factor, int tokens) {
        return (int) Math.min(Integer.MAX_VALUE, Math.floor(factor * tokens));
    }

    private static double[] each(double[] values, DoubleUnaryOperator change) {
        return IntStream.range(0, values.length)
                .mapToDouble(j -> change.applyAsDouble(values[j]))
                .toArray();
    }

    /** Every position is divided by the factor (Chen et al. 2023). */
    record Linear(double factor) implements RopeScaling {

        @Override
        public double[] inverseFrequencies(double theta, int headDim, int tokens) {
            return each(plain(theta, headDim), frequency -> frequency / factor);
        }
    }

    /**
     * A sequence of n &gt; L tokens has the base θ · (factor · n / L − factor + 1)^(d / (d − 2)) in
     * place of θ, with the model's own length L and heads of d values. A shorter one has plain
     * frequencies.
     */
    record Dynamic(double factor, int maxPositionEmbeddings) implements RopeScaling {

        @Override
        public double[] inverseFrequencies(double theta, int headDim, int tokens) {
            if (tokens <= maxPositionEmbeddings) {
                return plain(theta, headDim);
            }
            double growth = factor * tokens / maxPositionEmbeddings - (factor - 1);
            double exponent = (double) headDim / (headDim - 2);
            return plain(theta * Math.pow(growth, exponent), headDim);
        }

        @Override
        public int steadyTokens() {
            return maxPositionEmbeddings;
        }

        @Override
        public int reach(int own) {
            return Math.max(own, times(factor, maxPositionEmbeddings));
        }
    }

    /**
     * Llama 3.1's: wavelengths above originalMaxPositionEmbeddings / lowFreqFactor are stretched by
     * factor, those below originalMaxPositionEmbeddings / highFreqFactor are kept, and between them
     * the two are mixed linearly.
     */
    record Llama3(
            double factor,
            double lowFreqFactor,
            double highFreqFactor,
            int originalMaxPositionEmbeddings)
            implements RopeScaling {

        @Override
        public double[] inverseFrequencies(double theta, int headDim, int tokens) {
            return each(plain(theta, headDim), this::stretched);
        }

        private double stretched(double frequency) {
            double wavelength = 2 * Math.PI / frequency;
            double longest = originalMaxPositionEmbeddings / lowFreqFactor;
            double shortest = originalMaxPositionEmbeddings / highFreqFactor;
            if (wavelength > longest) {
                return frequency / factor;
            }
            if (wavelength < shortest) {
                return frequency;
            }
            double smooth = (originalMaxPositionEmbeddings / wavelength - lowFreqFactor)
                    / (highFreqFactor - lowFreqFactor);
            return (1 - smooth) * frequency / factor + smooth * frequency;
        }
    }

    /**
     * YaRN (Peng et al. 2023, section 3): pairs that turn more than betaFast times over the
     * original length are kept, those that turn less than betaSlow times are stretched by factor,
     * and between them the two are mixed linearly by the pair's number.
     *
     * @param truncate the bounds of the mixture are rounded outwards to whole pairs
     */
    record Yarn(
            double factor,
            int originalMaxPositionEmbeddings,
            double betaFast,
            double betaSlow,
            boolean truncate,
            double attentionScaling)
            implements RopeScaling {

        /** Where max equals min. */
        private static final double SMALLEST_SPAN = 0.001;

        @Override
        public double[] inverseFrequencies(double theta, int headDim, int tokens) {
            double[] frequencies = plain(theta, headDim);
            double first = pair(betaFast, theta, headDim);
            double last = pair(betaSlow, theta, headDim);
            double low = Math.max(truncate ? Math.floor(first) : first, 0);
            double high = Math.min(truncate ? Math.ceil(last) : last, headDim - 1);
            double span = high == low ? SMALLEST_SPAN : high - low;
            for (int j = 0; j < frequencies.length; j++) {
                double stretched = Math.clamp((j - low) / span, 0.0, 1.0);
                frequencies[j] *= stretched / factor + (1 - stretched);
            }
            return frequencies;
        }

        /** The pair, as a fraction, that turns so many times over the original length. */
        private double pair(double turns, double theta, int headDim) {
            return headDim
                    * Math.log(originalMaxPositionEmbeddings / (turns * 2 * Math.PI))
                    / (2 * Math.log(theta));
        }

        /** 0.1 · scale · ln(factor) + 1, and 1 where nothing is stretched. */
        static double magnitude(double factor, double scale) {
            return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
        }

        @Override
        public int reach(int own) {
            return Math.max(own, times(factor, originalMaxPositionEmbeddings));
        }
    }
}
