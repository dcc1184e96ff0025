package dev.plimsoll.coordinator.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.coordinator.ingest.ClaimedIds.Claim;
import dev.plimsoll.model.samples.SampleIds;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

class ClaimedIdsTest {

    @Test
    void theFirstContentKeepsTheId() {
        ClaimedIds ids = new ClaimedIds();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 20_000; i++) {
                assertThat(ids.claim("id" + i, hash(i)))
                        .isEqualTo(round == 0 ? Claim.NEW : Claim.SAME_CONTENT);
            }
        }
        assertThat(ids.claim("id7", hash(8))).isEqualTo(Claim.OTHER_CONTENT);
        assertThat(ids.claim("id7", hash(7))).isEqualTo(Claim.SAME_CONTENT);
        assertThat(ids.size()).isEqualTo(20_000);
    }

    @Test
    void aHashThatIsNoHashIsContentToo() {
        ClaimedIds ids = new ClaimedIds();
        assertThat(ids.claim("id", "not hexadecimal")).isEqualTo(Claim.NEW);
        assertThat(ids.claim("id", "not hexadecimal")).isEqualTo(Claim.SAME_CONTENT);
        assertThat(ids.claim("id", "")).isEqualTo(Claim.OTHER_CONTENT);
    }

    private static String hash(int content) {
        return SampleIds.contentHash(Integer.toString(content).getBytes(StandardCharsets.UTF_8));
    }
}
