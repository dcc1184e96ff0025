package dev.plimsoll.simulation;

import dev.plimsoll.engine.AdapterState;
import dev.plimsoll.engine.FoldNumbers;
import dev.plimsoll.model.optimizer.AdamW;
import dev.plimsoll.model.optimizer.StateDigest;

/** The whole adapter at a version, with its history: on a simulated card, or in truth. */
final class SimReplica {
    private final AdamW adamW;
    private final AdamW.Vectors vectors;
    private long version;
    private long digest;

    SimReplica(AdamW adamW, long version, AdamW.Vectors vectors) {
        this.adamW = adamW;
        this.version = version;
        this.vectors = vectors;
        this.digest = StateDigest.of(vectors.p(), 0);
    }

    static SimReplica of(AdamW adamW, AdapterState state) {
        return new SimReplica(
                adamW,
                state.version(),
                new AdamW.Vectors(state.master(), state.firstMoment(), state.secondMoment()));
    }

    SimReplica copy(long asVersion) {
        return new SimReplica(
                adamW,
                asVersion,
                new AdamW.Vectors(
                        vectors.p().clone(), vectors.m().clone(), vectors.v().clone()));
    }

    void fold(FoldNumbers numbers, float[] sum) {
        adamW.fold(vectors, sum, numbers.gradientScale(), numbers.update(), numbers.learningRate());
        version = numbers.version();
        digest = StateDigest.of(vectors.p(), 0);
    }

    /** One bit of it turns over. */
    void damage(int parameter) {
        vectors.p()[parameter] =
                Float.intBitsToFloat(Float.floatToRawIntBits(vectors.p()[parameter]) ^ 1);
        digest = StateDigest.of(vectors.p(), 0);
    }

    long version() {
        return version;
    }

    long digest() {
        return digest;
    }

    AdamW.Vectors vectors() {
        return vectors;
    }
}
