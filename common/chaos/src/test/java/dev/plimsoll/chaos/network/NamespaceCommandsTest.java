package dev.plimsoll.chaos.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plimsoll.chaos.network.Network.Lost;

import org.junit.jupiter.api.Test;

import java.util.List;

class NamespaceCommandsTest {

    private static final NamespaceCommands WIRING = new NamespaceCommands(
            4711, new Subnet("10.77.3"), List.of("coordinator", "worker-1", "worker-2"));

    @Test
    void theRouterComesFirstAndWhoIsSecondFailsAtTheLinkOfTheSubnet() {
        assertThat(words(WIRING.build()))
                .startsWith(
                        "ip netns add plimsoll-4711-77-3-router",
                        "ip link add plim-77-3 type veth peer name broker netns "
                                + "plimsoll-4711-77-3-router",
                        "ip addr add 10.77.3.1 peer 10.77.3.254 dev plim-77-3")
                .contains(
                        "ip route add 10.77.3.0/24 via 10.77.3.254",
                        "ip netns add plimsoll-4711-77-3-worker-1",
                        "ip -n plimsoll-4711-77-3-worker-1 addr add 10.77.3.11 peer 10.77.3.254 "
                                + "dev router",
                        "ip -n plimsoll-4711-77-3-worker-1 route add default via 10.77.3.254");
    }

    @Test
    void allThatIsMadeIsRemoved() {
        List<String> made = words(WIRING.build()).stream()
                .filter(command -> command.startsWith("ip netns add "))
                .map(command -> command.replace(" add ", " del "))
                .toList();
        assertThat(made).hasSize(4);
        assertThat(words(WIRING.remove())).containsAll(made).contains("ip link del dev plim-77-3");
    }

    @Test
    void aCutIsARuleOfTheRouterAndItsEndTakesTheSameRuleAway() {
        assertThat(String.join(" ", WIRING.cut("worker-2", Lost.TO_BROKER)))
                .isEqualTo("ip -n plimsoll-4711-77-3-router rule add pref 100 from 10.77.3.12 "
                        + "blackhole");
        assertThat(String.join(" ", WIRING.cut("worker-2", Lost.FROM_BROKER)))
                .isEqualTo("ip -n plimsoll-4711-77-3-router rule add pref 101 to 10.77.3.12 "
                        + "blackhole");
        for (Lost lost : Lost.values()) {
            assertThat(String.join(" ", WIRING.mend("worker-2", lost)))
                    .isEqualTo(String.join(" ", WIRING.cut("worker-2", lost))
                            .replace(" add ", " del "));
        }
    }

    @Test
    void aProcessEntersItsNamespace() {
        assertThat(WIRING.at("coordinator", List.of("java", "-version")))
                .containsExactly(
                        "nsenter",
                        "--net=/run/netns/plimsoll-4711-77-3-coordinator",
                        "java",
                        "-version");
    }

    @Test
    void whoHasNoPlaceCannotBeCutOff() {
        assertThatThrownBy(() -> WIRING.cut("worker-9", Lost.TO_BROKER))
                .hasMessageContaining("worker-9 has no place in this network");
    }

    @Test
    void onlyWhatTheDeadLeftIsRemoved() {
        List<String> namespaces = List.of(
                "plimsoll-4711-77-3-router (id: 0)",
                "plimsoll-4712-77-4-router (id: 1)",
                "plimsoll-4712-77-4-worker-1",
                "plimsoll-mine",
                "cni-1234");
        assertThat(words(NamespaceCommands.removeLeftovers(namespaces, pid -> pid == 4711)))
                .containsExactly(
                        "ip netns del plimsoll-4712-77-4-router",
                        "ip netns del plimsoll-4712-77-4-worker-1");
    }

    private static List<String> words(List<List<String>> commands) {
        return commands.stream().map(command -> String.join(" ", command)).toList();
    }
}
