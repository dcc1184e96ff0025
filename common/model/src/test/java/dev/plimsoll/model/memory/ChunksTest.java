package dev.plimsoll.model.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class ChunksTest {

    private static List<Integer> cut(int pipelineTokens, Integer... lengths) {
        return Chunks.of(List.of(lengths), pipelineTokens).each().stream()
                .map(Lengths::tokens)
                .toList();
    }

    @Test
    void a_chunk_has_whole_sequences_in_their_order() {
        assertThat(cut(10, 4, 6, 1, 9, 5)).containsExactly(10, 10, 5);
        assertThat(cut(10, 6, 5, 5)).containsExactly(6, 10);
    }

    @Test
    void a_longer_sequence_is_a_chunk_of_its_own() {
        assertThat(cut(10, 25, 4, 4, 11, 3)).containsExactly(25, 8, 11, 3);
    }

    @Test
    void without_a_limit_all_is_one_chunk() {
        assertThat(cut(0, 25, 4, 4)).containsExactly(33);
    }

    @Test
    void the_most_that_is_under_way_is_of_chunks_that_follow_each_other() {
        Chunks chunks = Chunks.of(List.of(9, 1, 8, 8, 2), 9);
        assertThat(chunks.each()).hasSize(4);
        assertThat(chunks.mostTokens()).isEqualTo(9);
        assertThat(chunks.mostTokens(2)).isEqualTo(18);
        assertThat(chunks.mostTokens(3)).isEqualTo(26);
        assertThat(chunks.mostTokens(9)).isEqualTo(28);
    }

    @Test
    void equal_chunks_have_all_the_tokens() {
        assertThat(Chunks.equal(100, 3, 10).each())
                .containsExactly(new Lengths(34, 340), new Lengths(34, 340), new Lengths(34, 340));
    }
}
