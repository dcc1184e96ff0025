package dev.plimsoll.cli.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.sample.RejectionReason;

import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * A kind of malformed sample.
 *
 * @param kind in a few words
 * @param expected why it is rejected
 * @param make one line without its end, by chance
 */
record Fault(String kind, RejectionReason expected, Function<SplittableRandom, byte[]> make) {

    /** With text that is the same each time but for a number, so that no two have one content. */
    static Fault text(String kind, RejectionReason expected, String line) {
        return new Fault(
                kind,
                expected,
                r -> line.replace("#", Long.toString(r.nextLong(1L << 40))).getBytes(UTF_8));
    }

    byte[] bytes(SplittableRandom random) {
        return make.apply(random);
    }
}
