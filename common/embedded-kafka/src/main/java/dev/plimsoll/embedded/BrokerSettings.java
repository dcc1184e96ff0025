package dev.plimsoll.embedded;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A single-node broker in combined mode, sized for a laptop: everything replicated once, small
 * buffers, no rebalance delay.
 *
 * @param host of the client listener, and what clients are told to ask for
 * @param port of the client listener; the controller listens on {@code controllerPort} of localhost
 */
record BrokerSettings(
        Path directory, String host, int port, int controllerPort, Map<String, String> overrides) {

    static final String CLUSTER_ID = "UGxpbXNvbGxFbWJlZGRlZA";
    static final String CONTROLLER = "CONTROLLER";
    static final int NODE_ID = 1;

    private static final Set<String> LISTENERS = Set.of("listeners", "advertised.listeners");

    BrokerSettings {
        overrides = Map.copyOf(overrides);
    }

    /** The broker's properties, overrides last; listeners among them are added to its own. */
    Map<String, String> properties() {
        Map<String, String> p = new HashMap<>();
        p.put("process.roles", "broker,controller");
        p.put("node.id", Integer.toString(NODE_ID));
        p.put("controller.quorum.voters", NODE_ID + "@localhost:" + controllerPort);
        p.put(
                "listeners",
                "PLAINTEXT://" + host + ":" + port + "," + CONTROLLER + "://localhost:"
                        + controllerPort);
        p.put("advertised.listeners", "PLAINTEXT://" + host + ":" + port);
        p.put("inter.broker.listener.name", "PLAINTEXT");
        p.put("controller.listener.names", CONTROLLER);
        p.put(
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL," + CONTROLLER + ":PLAINTEXT");
        p.put("log.dirs", directory.toString());
        p.put("metadata.log.dir", directory.toString());
        single(p);
        small(p);
        overrides.forEach((name, value) -> p.merge(
                name, value, (own, other) -> LISTENERS.contains(name) ? own + "," + other : other));
        return p;
    }

    private static void single(Map<String, String> p) {
        p.put("offsets.topic.replication.factor", "1");
        p.put("offsets.topic.num.partitions", "1");
        p.put("transaction.state.log.replication.factor", "1");
        p.put("transaction.state.log.min.isr", "1");
        p.put("transaction.state.log.num.partitions", "1");
        p.put("share.coordinator.state.topic.replication.factor", "1");
        p.put("share.coordinator.state.topic.min.isr", "1");
        p.put("share.coordinator.state.topic.num.partitions", "1");
        p.put("default.replication.factor", "1");
        p.put("min.insync.replicas", "1");
    }

    private static void small(Map<String, String> p) {
        p.put("auto.create.topics.enable", "false");
        p.put("group.initial.rebalance.delay.ms", "0");
        // the default buffer costs 160 MB of heap
        p.put("log.cleaner.dedupe.buffer.size", "2097152");
        p.put("num.network.threads", "2");
        p.put("num.io.threads", "2");
        p.put("num.recovery.threads.per.data.dir", "1");
        p.put("background.threads", "2");
        p.put("controlled.shutdown.enable", "false");
        // a broker that comes back registers only when its former session has run out
        p.put("broker.heartbeat.interval.ms", "500");
        p.put("broker.session.timeout.ms", "3000");
        // segments are pre-allocated index files: 10 MB each by default
        p.put("log.index.size.max.bytes", "1048576");
    }
}
