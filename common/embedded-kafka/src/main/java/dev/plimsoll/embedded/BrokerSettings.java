package dev.plimsoll.embedded;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A broker in combined mode, sized for a laptop: small buffers, no rebalance delay. Alone it
 * replicates everything once; of three, each has everything, and two must have a record before it
 * counts.
 *
 * @param host of the client listener, and what clients are told to ask for
 * @param port of the client listener; the controller listens where {@code quorum} says
 */
record BrokerSettings(
        Path directory, String host, int port, Quorum quorum, Map<String, String> overrides) {

    static final String CLUSTER_ID = "UGxpbXNvbGxFbWJlZGRlZA";
    static final String CONTROLLER = "CONTROLLER";

    private static final Set<String> LISTENERS = Set.of("listeners", "advertised.listeners");

    BrokerSettings {
        overrides = Map.copyOf(overrides);
    }

    /** The broker's properties, overrides last; listeners among them are added to its own. */
    Map<String, String> properties() {
        Map<String, String> p = new HashMap<>();
        p.put("process.roles", "broker,controller");
        p.put("node.id", Integer.toString(quorum.node()));
        p.put("controller.quorum.voters", quorum.voters());
        p.put(
                "listeners",
                "PLAINTEXT://" + host + ":" + port + "," + CONTROLLER + "://"
                        + quorum.controller());
        p.put("advertised.listeners", "PLAINTEXT://" + host + ":" + port);
        p.put("inter.broker.listener.name", "PLAINTEXT");
        p.put("controller.listener.names", CONTROLLER);
        p.put(
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL," + CONTROLLER + ":PLAINTEXT");
        p.put("log.dirs", directory.toString());
        p.put("metadata.log.dir", directory.toString());
        replicated(p, Math.min(3, quorum.controllers().size()));
        small(p);
        overrides.forEach((name, value) -> p.merge(
                name, value, (own, other) -> LISTENERS.contains(name) ? own + "," + other : other));
        return p;
    }

    private static void replicated(Map<String, String> p, int times) {
        String replicas = Integer.toString(times);
        String inSync = Integer.toString(Math.max(1, times - 1));
        p.put("offsets.topic.replication.factor", replicas);
        p.put("offsets.topic.num.partitions", "1");
        p.put("transaction.state.log.replication.factor", replicas);
        p.put("transaction.state.log.min.isr", inSync);
        p.put("transaction.state.log.num.partitions", "1");
        p.put("share.coordinator.state.topic.replication.factor", replicas);
        p.put("share.coordinator.state.topic.min.isr", inSync);
        p.put("share.coordinator.state.topic.num.partitions", "1");
        p.put("default.replication.factor", replicas);
        p.put("min.insync.replicas", inSync);
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
