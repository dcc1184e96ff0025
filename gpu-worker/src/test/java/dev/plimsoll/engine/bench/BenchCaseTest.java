package dev.plimsoll.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.engine.PackedSequence;
import dev.plimsoll.wire.protocol.MemoryPlan;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class BenchCaseTest {

    private static final int ALL = MemoryPlan.ALL_LAYERS;

    @ParameterizedTest
    @CsvSource({
        "4x2048, 0, 1024, 0, 0, 1",
        "4x2048/recompute=32, 32, 1024, 0, 0, 1",
        "4x2048/groups=4/offload=all/chunk=512/tile=2048/recompute=all, 2147483647, 512, 2048, "
                + "2147483647, 4",
        "4x2048/5, 5, 1024, 0, 0, 1",
        "4x2048/all/2048/0/3/0, 2147483647, 1024, 2048, 3, 1",
        "4x2048/1/2/3/4/5, 1, 3, 2, 4, 5",
        "4x2048/1/2/groups=5, 1, 1024, 2, 0, 5",
    })
    void readsSettings(String text, int recompute, int chunk, int tile, int offload, int groups) {
        BenchCase read = BenchCase.parse(text);
        assertThat(read.text()).isEqualTo(text);
        assertThat(read.workload()).isEqualTo(new Workload.Equal(4, 2048));
        assertThat(read.plan()).isEqualTo(new MemoryPlan(recompute, chunk, tile, offload, groups));
    }

    @ParameterizedTest
    @CsvSource({
        "1x27000/recompute=all/keep=1, true",
        "1x27000/keep=0, false",
        "1x27000/all/2048/0/0/0/0/1, true"
    })
    void saysWhetherAttentionIsKept(String text, boolean keeps) {
        assertThat(BenchCase.parse(text).plan().keepAttention()).isEqualTo(keeps);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            4                      | neither SEQUENCESxLENGTH nor packed:TOKENS
            4x                     | '' is not a number
            -4x8                   | '-4' is not a number
            4294967295x8           | '4294967295' is not a number
            0x8                    | trains nothing
            4x8/recompute=x        | 'x' is not a number
            4x8/recompute=0/1      | '1' is not a setting with a value
            4x8/1/recompute=2      | 'recompute' is given twice
            4x8/chunk=all          | 'all' is not a number
            4x8/depth=1            | there is no setting 'depth'
            4x8/1/2/3/4/5/6/7      | 'keep' is 7; it is 0 or 1
            4x8/1/2/3/4/5/6/1/8    | '8' is not a setting with a value
            4x8/keep=all           | 'all' is not a number
            packed:                | '' is not a number
            """)
    void saysWhatIsWrong(String text, String message) {
        assertThatThrownBy(() -> BenchCase.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("case '" + text + "'");
    }

    @Test
    void packsInOrderUpToTheLimit() {
        List<PackedSequence> data =
                List.of(sequence(1, 5), sequence(2, 4), sequence(3, 2), sequence(4, 1));
        BenchCase read = BenchCase.parse("packed:10/recompute=all");
        assertThat(read.plan().recomputeLayers()).isEqualTo(ALL);
        assertThat(read.workload().microBatch(10, data)).containsExactly(data.get(0), data.get(1));
        assertThatThrownBy(() -> new Workload.Packed(4).microBatch(10, data))
                .hasMessageContaining("no room");
        assertThatThrownBy(() -> new Workload.Packed(9).microBatch(2, data))
                .hasMessageContaining("has token 2");
    }

    @Test
    void optionsThatCannotBeAreRefused() {
        assertThatThrownBy(BenchOptions::parse).hasMessageContaining("at least one case");
        assertThatThrownBy(() -> BenchOptions.parse("packed:8"))
                .hasMessageContaining("need --data");
        assertThatThrownBy(() -> BenchOptions.parse("1x8", "--rank", "x"))
                .hasMessageContaining("--rank is 'x'");
        assertThatThrownBy(() -> BenchOptions.parse("1x8", "--rank"))
                .hasMessageContaining("not an option");
        assertThatThrownBy(() -> BenchOptions.parse("1x8", "--repeats", "0"))
                .hasMessageContaining("at least 1");
        assertThatThrownBy(() -> BenchOptions.parse("1x8", "--precision", "int3"))
                .hasMessageContaining("'int3'");
    }

    private static PackedSequence sequence(int line, int length) {
        int[] tokens = new int[length];
        java.util.Arrays.fill(tokens, 2);
        return new PackedSequence(line, tokens, new boolean[length]);
    }
}
