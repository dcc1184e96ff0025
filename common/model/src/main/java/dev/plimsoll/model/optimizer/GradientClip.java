package dev.plimsoll.model.optimizer;

/**
 * What the unnormalised sum of a step is multiplied with. The norm is that of the mean gradient;
 * the clip is that of torch.nn.utils.clip_grad_norm_.
 *
 * <pre>
 * norm = √squaredNorm / lossTokens
 * clip = min(1, maxGradientNorm / (norm + 10⁻⁶)), or 1 where maxGradientNorm is 0
 * gradientScale = clip / lossTokens
 * </pre>
 */
public record GradientClip(double norm, double clip, double gradientScale) {
    private static final double NORM_EPSILON = 1e-6;

    /**
     * @param squaredNorm Σ sum² over the whole adapter
     * @param lossTokens tokens over which the sum was made; at least 1
     */
    public static GradientClip of(double squaredNorm, long lossTokens, double maxGradientNorm) {
        if (!(squaredNorm >= 0) || lossTokens < 1) {
            throw new IllegalArgumentException(
                    "a squared norm of " + squaredNorm + " over " + lossTokens + " loss tokens");
        }
        double norm = Math.sqrt(squaredNorm) / lossTokens;
        double clip =
                maxGradientNorm == 0 ? 1 : Math.min(1, maxGradientNorm / (norm + NORM_EPSILON));
        return new GradientClip(norm, clip, clip / lossTokens);
    }
}
