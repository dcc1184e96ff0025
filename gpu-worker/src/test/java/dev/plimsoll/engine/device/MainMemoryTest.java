package dev.plimsoll.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MainMemoryTest {

    @Test
    void what_is_available_is_less_than_all() {
        assertThat(MainMemory.availableBytes()).isBetween(1L << 20, MainMemory.totalBytes());
    }
}
