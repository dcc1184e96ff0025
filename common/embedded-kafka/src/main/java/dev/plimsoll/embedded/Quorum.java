package dev.plimsoll.embedded;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The brokers of a cluster, all on this machine.
 *
 * @param node of this broker, from 1
 * @param controllerPorts of all of them, in their order
 */
record Quorum(int node, List<Integer> controllerPorts) {

    Quorum {
        controllerPorts = List.copyOf(controllerPorts);
        if (node < 1 || node > controllerPorts.size()) {
            throw new IllegalArgumentException("broker " + node + " is none of the "
                    + controllerPorts.size() + " of which there are ports");
        }
    }

    static Quorum alone(int controllerPort) {
        return new Quorum(1, List.of(controllerPort));
    }

    int controllerPort() {
        return controllerPorts.get(node - 1);
    }

    /** As Kafka writes it. */
    String voters() {
        return IntStream.range(0, controllerPorts.size())
                .mapToObj(i -> (i + 1) + "@localhost:" + controllerPorts.get(i))
                .collect(Collectors.joining(","));
    }
}
