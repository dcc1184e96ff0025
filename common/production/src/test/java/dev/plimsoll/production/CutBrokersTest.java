package dev.plimsoll.production;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.plimsoll.chaos.network.Namespaces;
import dev.plimsoll.chaos.network.Namespaces.Opened;

import org.junit.jupiter.api.Tag;

import java.nio.file.Path;

/** On three brokers in network namespaces of their own, of which one is really cut off. */
@Tag("slow")
class CutBrokersTest extends ThreeBrokersScenario {

    @Override
    Cluster cluster(Path at) throws Exception {
        return switch (Namespaces.open(EmbeddedCluster.NAMES)) {
            case Opened.Ready(var network) -> new EmbeddedCluster(at, network);
            case Opened.Refused(String reason) -> abort("no network of its own: " + reason);
        };
    }
}
