package dev.plimsoll.wire.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BuildTest {

    /** Not the expression that Maven puts it in for. */
    @Test
    void theVersionIsANumber() {
        assertThat(Build.version()).matches("\\d+\\.\\d+\\.\\d+(-\\w+)?");
    }
}
