package dev.plimsoll.model.hf;

/**
 * Rotary position angles (Su et al. 2021): pair j of a head of size d turns by position ·
 * θ^(−2j/d).
 *
 * @param theta the base θ
 * @param llama3 stretching of the long wavelengths as of Llama 3.1, or null
 */
public record RopeSettings(double theta, Llama3 llama3) {

    /**
     * Wavelengths above originalMaxPositionEmbeddings / lowFreqFactor are stretched by factor,
     * those below originalMaxPositionEmbeddings / highFreqFactor are kept, and between them the two
     * are mixed linearly.
     */
    public record Llama3(
            double factor,
            double lowFreqFactor,
            double highFreqFactor,
            int originalMaxPositionEmbeddings) {}

    /**
     * The angle per position of each pair of a head of headDim values, in radians: headDim / 2 of
     * them.
     */
    public double[] inverseFrequencies(int headDim) {
        double[] frequencies = new double[headDim / 2];
        for (int j = 0; j < frequencies.length; j++) {
            double plain = 1.0 / Math.pow(theta, 2.0 * j / headDim);
            frequencies[j] = llama3 == null ? plain : stretched(plain);
        }
        return frequencies;
    }

    private double stretched(double frequency) {
        double wavelength = 2 * Math.PI / frequency;
        double longest = llama3.originalMaxPositionEmbeddings / llama3.lowFreqFactor;
        double shortest = llama3.originalMaxPositionEmbeddings / llama3.highFreqFactor;
        if (wavelength > longest) {
            return frequency / llama3.factor;
        }
        if (wavelength < shortest) {
            return frequency;
        }
        double smooth = (llama3.originalMaxPositionEmbeddings / wavelength - llama3.lowFreqFactor)
                / (llama3.highFreqFactor - llama3.lowFreqFactor);
        return (1 - smooth) * frequency / llama3.factor + smooth * frequency;
    }
}
