package dev.plimsoll.model.samples;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;

class GivenIdsTest {

    @Test
    void textIsTakenAsItIs() {
        assertThat(SampleIds.ofGiven("train/学-17".getBytes(UTF_8))).isEqualTo("train/学-17");
        assertThat(SampleIds.ofGiven("x".repeat(256).getBytes(UTF_8))).hasSize(256);
    }

    @Test
    void whatIsNoTextOrTooLongIsNamedByItsHash() {
        byte[] noText = {(byte) 0xff, 1};
        assertThat(SampleIds.ofGiven(noText)).isEqualTo("sha256-" + SampleIds.contentHash(noText));
        byte[] tooLong = "x".repeat(257).getBytes(UTF_8);
        assertThat(SampleIds.ofGiven(tooLong))
                .isEqualTo("sha256-" + SampleIds.contentHash(tooLong));
    }
}
