package dev.plimsoll.engine.script;

import ai.djl.pytorch.jni.IValue;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Numbers as TorchScript takes them. Shapes, strides and factors come again in every call, so those
 * seen first are kept for as long as the process lives.
 */
final class NumberValues {

    private static final int MAX_KEPT = 4096;
    private static final Map<Number, IValue> KEPT = new ConcurrentHashMap<>();

    private NumberValues() {}

    /** A value that nobody closes; null where enough are kept. */
    static IValue kept(Number number) {
        IValue known = KEPT.get(number);
        if (known == null && KEPT.size() < MAX_KEPT) {
            known = KEPT.computeIfAbsent(number, NumberValues::made);
        }
        return known;
    }

    /** A value of the caller's own. */
    static IValue made(Number number) {
        return switch (number) {
            case Integer whole -> IValue.from(whole.longValue());
            case Long whole -> IValue.from(whole.longValue());
            case Double real -> IValue.from(real.doubleValue());
            default -> throw refused(number);
        };
    }

    static IllegalArgumentException refused(Object argument) {
        return new IllegalArgumentException("a "
                + argument.getClass().getSimpleName()
                + " cannot be passed to TorchScript: libtorch 2.11 numbers"
                + " its types otherwise than DJL's 2.7.1, and only tensors, "
                + "ints and floats are alike in both");
    }
}
