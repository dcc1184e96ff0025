package dev.plimsoll.engine.fold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.wire.tensor.TensorDtype;

import org.junit.jupiter.api.Test;

class FoldChoiceTest {

    private static final long GIB = 1L << 30;

    @Test
    void theDeviceNeedsMasterMomentsAndWhatTravels() {
        assertThat(FoldChoice.deviceBytes(1000, TensorDtype.BF16)).isEqualTo(14_000);
        assertThat(FoldChoice.deviceBytes(1000, TensorDtype.F32)).isEqualTo(16_000);
    }

    /** Room is what is free or reserved and not used, less the reserve of a 64th of the card. */
    @Test
    void anEighthOfTheRoomIsTakenAtMost() {
        MemoryReading card = new MemoryReading(40 * GIB, 0, 44 * GIB, 14 * GIB, 6 * GIB, 64 * GIB);
        long room = 4 * GIB + 14 * GIB - GIB;
        assertThat(FoldChoice.hasRoom(card, room / 8)).isTrue();
        assertThat(FoldChoice.hasRoom(card, room / 8 + 1)).isFalse();
    }

    @Test
    void aCardThatTellsNothingIsTried() {
        assertThat(FoldChoice.hasRoom(new MemoryReading(0, 0, 0, 0, 0, 0), GIB)).isTrue();
    }
}
