package dev.plimsoll.chaos;

import dev.plimsoll.chaos.network.Loopback;
import dev.plimsoll.chaos.network.Namespaces;
import dev.plimsoll.chaos.network.Namespaces.Opened;
import dev.plimsoll.chaos.network.Network;
import dev.plimsoll.chaos.schedule.ProcessKind;
import dev.plimsoll.chaos.schedule.Schedule;
import dev.plimsoll.cli.CliFailure;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Whether the network is cut; the choice of {@code --cuts}. */
enum CutMode {
    /** Where it can be. */
    AUTO,
    ON,
    OFF;

    /** A network that can be cut, or one on localhost. */
    Network network(Consumer<String> say) {
        if (this == OFF) {
            return new Loopback();
        }
        return switch (Namespaces.open(processes())) {
            case Opened.Ready(Network network) -> network;
            case Opened.Refused(String reason) -> {
                if (this == ON) {
                    throw CliFailure.input("the network cannot be cut here: " + reason
                            + "; it takes root (or a user"
                            + " namespace), iproute2 and util-linux, or leave --cuts=on out");
                }
                say.accept("the network is not cut: it takes root and iproute2 (" + reason + ")");
                yield new Loopback();
            }
        };
    }

    /** All but the broker, in any run. */
    private static List<String> processes() {
        return Stream.concat(
                        Stream.of(
                                ProcessKind.COORDINATOR.process(),
                                ProcessKind.PARAMETERS.process()),
                        IntStream.rangeClosed(1, Schedule.MAX_WORKERS)
                                .mapToObj(i -> ProcessKind.WORKER.process() + "-" + i))
                .toList();
    }
}
