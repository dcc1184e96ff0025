package dev.plimsoll.embedded;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The brokers of a cluster.
 *
 * @param node of this broker, from 1
 * @param controllers where each of them is asked by the others, as HOST:PORT, in their order
 */
record Quorum(int node, List<String> controllers) {

    Quorum {
        controllers = List.copyOf(controllers);
        if (node < 1 || node > controllers.size()) {
            throw new IllegalArgumentException("broker " + node + " is none of the "
                    + controllers.size() + " of which there are addresses");
        }
    }

    static Quorum alone(int controllerPort) {
        return new Quorum(1, List.of("localhost:" + controllerPort));
    }

    /** Of this broker. */
    String controller() {
        return controllers.get(node - 1);
    }

    /** As Kafka writes it. */
    String voters() {
        return IntStream.range(0, controllers.size())
                .mapToObj(i -> (i + 1) + "@" + controllers.get(i))
                .collect(Collectors.joining(","));
    }
}
