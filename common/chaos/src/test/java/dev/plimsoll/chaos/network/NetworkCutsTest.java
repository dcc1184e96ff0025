package dev.plimsoll.chaos.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.chaos.network.Network.Lost;
import dev.plimsoll.chaos.schedule.Disturbance;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

class NetworkCutsTest {

    private final Told network = new Told();
    private final NetworkCuts cables = new NetworkCuts(network);

    @Test
    void aCutEndsWhenItIsDueAndOnce() {
        cables.cut("worker-1", Disturbance.Kind.MUTE.lost(), 5_000);
        cables.cut("coordinator", Disturbance.Kind.CUT.lost(), 4_000);
        cables.mendDue(3_999);
        assertThat(network.told)
                .containsExactly(
                        "cut worker-1 [TO_BROKER]", "cut coordinator [TO_BROKER, FROM_BROKER]");
        cables.mendDue(4_000);
        cables.mendDue(5_100);
        cables.mendDue(9_000);
        assertThat(network.told).endsWith("mend coordinator", "mend worker-1").hasSize(4);
    }

    @Test
    void allEndTogetherWhenThatIsWanted() {
        cables.cut("worker-2", Disturbance.Kind.DEAFEN.lost(), Long.MAX_VALUE - 1);
        cables.mendAll();
        cables.mendAll();
        assertThat(network.told).containsExactly("cut worker-2 [FROM_BROKER]", "mend worker-2");
    }

    /** Writes down what it is told. */
    private static final class Told implements Network {
        private final List<String> told = new ArrayList<>();

        @Override
        public String address(String process) {
            return host();
        }

        @Override
        public String host() {
            return "nowhere";
        }

        @Override
        public List<String> at(String process, List<String> command) {
            return command;
        }

        @Override
        public void cut(String process, Set<Lost> lost) {
            told.add("cut " + process + " " + EnumSet.copyOf(lost));
        }

        @Override
        public void mend(String process) {
            told.add("mend " + process);
        }

        @Override
        public void close() {
            told.add("close");
        }
    }
}
