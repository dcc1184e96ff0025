package dev.plimsoll.model.optimizer;

/** 64 bits stirred: Stafford's variant 13 of MurmurHash3's finalizer, as in SplitMix64. */
final class Mix {
    /** 2⁶⁴ over the golden ratio: SplitMix64's increment. */
    static final long INCREMENT = 0x9e3779b97f4a7c15L;

    private Mix() {}

    /** A bijection. */
    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
