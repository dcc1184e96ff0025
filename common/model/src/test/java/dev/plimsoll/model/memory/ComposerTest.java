package dev.plimsoll.model.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.protocol.SequenceRef;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

class ComposerTest {
    private static TreeSet<SequenceRef> sequences(List<Integer> lengths) {
        TreeSet<SequenceRef> sequences = new TreeSet<>(Composer.BY_LENGTH);
        for (int ordinal = 0; ordinal < lengths.size(); ordinal++) {
            sequences.add(new SequenceRef(ordinal, lengths.get(ordinal), 1, 1));
        }
        return sequences;
    }

    private static List<Integer> packed(List<Integer> lengths, int maxTokens, int maxSequences) {
        return Composer.pack(sequences(lengths), maxTokens, maxSequences).stream()
                .map(SequenceRef::tokens)
                .toList();
    }

    @Test
    void longestFirstThenTheLongestThatFits() {
        assertThat(packed(List.of(2, 5, 9, 4, 1), 15, 10)).containsExactly(9, 5, 1);
        assertThat(packed(List.of(7, 7, 7), 14, 10)).containsExactly(7, 7);
        assertThat(packed(List.of(7, 3, 3), 100, 2)).containsExactly(7, 3);
        assertThat(packed(List.of(8, 4), 9, 10)).containsExactly(8);
        assertThat(packed(List.of(4, 50, 4), 9, 10)).containsExactly(50);
        assertThat(packed(List.of(), 9, 10)).isEmpty();
    }

    @Test
    void equalLengthsGoInTheOrderOfTheirOrdinals() {
        assertThat(Composer.pack(sequences(List.of(5, 5, 5)), 10, 10))
                .extracting(SequenceRef::ordinal)
                .containsExactly(0L, 1L);
        assertThat(Composer.pack(sequences(List.of(3, 9, 3)), 12, 10))
                .extracting(SequenceRef::ordinal)
                .containsExactly(1L, 0L);
    }

    @Property
    void everySequenceIsPackedOnceAndNoCeilingIsBroken(
            @ForAll @Size(max = 60) List<@IntRange(min = 1, max = 300) Integer> lengths,
            @ForAll @IntRange(min = 1, max = 500) int maxTokens,
            @ForAll @IntRange(min = 1, max = 20) int maxSequences) {
        TreeSet<SequenceRef> waiting = sequences(lengths);
        List<SequenceRef> all = new ArrayList<>();
        while (!waiting.isEmpty()) {
            List<SequenceRef> pack = Composer.pack(waiting, maxTokens, maxSequences);
            int tokens = pack.stream().mapToInt(SequenceRef::tokens).sum();
            assertThat(pack).isNotEmpty().hasSizeLessThanOrEqualTo(maxSequences);
            assertThat(tokens <= maxTokens || pack.size() == 1).isTrue();
            assertThat(waiting).containsAll(pack);
            pack.forEach(waiting::remove);
            all.addAll(pack);
        }
        assertThat(all).doesNotHaveDuplicates().hasSize(lengths.size());
    }

    @Property
    void nothingThatWouldFitIsLeftBehind(
            @ForAll @Size(min = 1, max = 30) List<@IntRange(min = 1, max = 100) Integer> lengths,
            @ForAll @IntRange(min = 1, max = 300) int maxTokens) {
        TreeSet<SequenceRef> waiting = sequences(lengths);
        List<SequenceRef> pack = Composer.pack(waiting, maxTokens, 1_000);
        pack.forEach(waiting::remove);
        int room = maxTokens - pack.stream().mapToInt(SequenceRef::tokens).sum();
        assertThat(waiting).allMatch(left -> left.tokens() > room);
    }
}
