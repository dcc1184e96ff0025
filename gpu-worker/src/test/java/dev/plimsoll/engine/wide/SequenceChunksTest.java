package dev.plimsoll.engine.wide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.PackedSequence;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

class SequenceChunksTest {

    private static List<PackedSequence> sequences(String lengths) {
        return Arrays.stream(lengths.split(" "))
                .map(Integer::parseInt)
                .map(length -> new PackedSequence(length, new int[length], new boolean[length]))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "3 4 5, 0, 3 4 5",
        "3 4 5, 12, 3 4 5",
        "3 4 5, 11, 3 4 | 5",
        "3 4 5, 7, 3 4 | 5",
        "3 4 5, 1, 3 | 4 | 5",
        "9 1 1 9 1, 3, 9 | 1 1 | 9 | 1",
        "1 9 1 1 1, 2, 1 | 9 | 1 1 | 1"
    })
    void holdWholeSequencesInTheirOrder(String lengths, int tokens, String chunks) {
        assertThat(SequenceChunks.cut(sequences(lengths), tokens).stream()
                        .map(chunk -> chunk.stream()
                                .map(sequence -> Long.toString(sequence.ordinal()))
                                .collect(Collectors.joining(" ")))
                        .collect(Collectors.joining(" | ")))
                .isEqualTo(chunks);
    }

    @Test
    void needASequence() {
        assertThatThrownBy(() -> SequenceChunks.packed(List.of(), 8, 10))
                .hasMessageContaining("at least one sequence");
    }
}
