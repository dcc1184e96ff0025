package dev.plimsoll.model.merge;

/**
 * How much of an adapter's change the merged weights hold after rounding.
 *
 * @param wanted Σ ΔW²
 * @param lost Σ (merged − W − ΔW)²
 */
public record Survival(double wanted, double lost) {

    static final Survival NOTHING = new Survival(0, 0);

    Survival plus(Survival other) {
        return new Survival(wanted + other.wanted, lost + other.lost);
    }

    /** ‖(merged − W) − ΔW‖ / ‖ΔW‖; 0 where there is no change. */
    public double relativeLoss() {
        return wanted == 0 ? 0 : Math.sqrt(lost / wanted);
    }
}
