package dev.plimsoll.coordinator.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SamplesResourceTest {

    @Test
    void asManySamplesMayWaitAsTheSettingSaysAndNoMore() {
        assertThat(SamplesResource.tooMany(50, 50)).isEmpty();
        assertThat(SamplesResource.tooMany(51, 50))
                .contains(
                        new SamplesResource.Refusal("51 samples wait to be read and the most is 50"
                                + " (http-unread-samples); send these again later"));
    }
}
