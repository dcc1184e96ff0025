package dev.plimsoll.cli.topics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HullMemoryTest {

    private static final long MIB = 1 << 20;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            58 | 63    | 58 of 63 MiB (92 %)
            0  | 39    | 0 of 39 MiB (0 %)
            68 | 23728 | 68 of 23,728 MiB (0 %)
            68 | 0     | 68 MiB
            """)
    void aWorkersLoadIsItsPeakOfItsLine(long peak, long line, String told) {
        assertThat(HullMemory.load(peak * MIB, line * MIB)).isEqualTo(told);
    }
}
