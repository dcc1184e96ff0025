package dev.plimsoll.production;

import org.junit.jupiter.api.Tag;

import java.nio.file.Path;

/** On three brokers of their own, also where there is no Docker engine. */
@Tag("slow")
class EmbeddedThreeBrokersTest extends ThreeBrokersScenario {

    @Override
    Cluster cluster(Path at) throws Exception {
        return new EmbeddedCluster(at);
    }
}
