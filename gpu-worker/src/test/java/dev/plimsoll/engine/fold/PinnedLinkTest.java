package dev.plimsoll.engine.fold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.nativelib.SlowCopies;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

class PinnedLinkTest {

    private static final int BUFFERS = 3;
    private static final int BUFFER_BYTES = 64;

    /** None, less than a piece, whole buffers, and more than all buffers at once. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3, 64, 65, 192, 193, 1000})
    void whatGoesThereAndBackIsTheSame(int bytes) {
        byte[] sent = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(sent);
        SlowCopies staging = new SlowCopies(BUFFERS, BUFFER_BYTES);
        try (PinnedLink link = new PinnedLink(staging, 10);
                Arena device = Arena.ofShared()) {
            MemorySegment there = device.allocate(bytes + 1L, 8);
            byte[] before = sent.clone();
            link.upload(MemorySegment.ofArray(sent), there.address());
            Arrays.fill(sent, (byte) 0); // the array is the caller's again
            byte[] back = new byte[bytes];
            link.download(there.address(), MemorySegment.ofArray(back));
            assertThat(back).isEqualTo(before);
            staging.finish();
            assertThat(there.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
            assertThat(there.get(ValueLayout.JAVA_BYTE, bytes)).isZero();
        }
    }
}
