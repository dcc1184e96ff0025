package dev.plimsoll.cli.fleetmodel;

import dev.plimsoll.cli.fleetmodel.FluidNetwork.Resource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The resources of a fleet, and what each kind of stream uses of them. The brokers share their load
 * evenly, so they count as one with the capacity of all. What is published is taken by one broker
 * and given to the others.
 */
final class FleetLinks {

    private final int replicas;
    private final List<Resource> up = new ArrayList<>();
    private final List<Resource> down = new ArrayList<>();
    private final List<Resource> sending = new ArrayList<>();
    private final List<Resource> receiving = new ArrayList<>();
    private final Resource brokersIn;
    private final Resource brokersOut;
    private final Resource brokersWork;
    private final Resource shardsUp;
    private final Resource shardsDown;
    private final Resource shardsWork;

    FleetLinks(Scenario scenario, Calibration calibration) {
        replicas = scenario.brokers();
        double link = scenario.linkBytesPerSecond();
        double client = calibration.of(Parameter.CLIENT_BYTES_PER_SECOND);
        for (int i = 0; i < scenario.workers(); i++) {
            up.add(new Resource("up " + i, link));
            down.add(new Resource("down " + i, link));
            sending.add(new Resource("sending " + i, client));
            receiving.add(new Resource("receiving " + i, client));
        }
        brokersIn = new Resource("brokers in", link * replicas);
        brokersOut = new Resource("brokers out", link * replicas);
        brokersWork = new Resource(
                "brokers' work", calibration.of(Parameter.BROKER_BYTES_PER_SECOND) * replicas);
        shardsUp = new Resource("shards up", link);
        shardsDown = new Resource("shards down", link);
        shardsWork = new Resource(
                "shards' work",
                calibration.of(Parameter.SHARD_BYTES_PER_SECOND)
                        * calibration.of(Parameter.SHARDS));
    }

    /** A worker's contribution on its way to the brokers, all of them. */
    Map<Resource, Double> published(int worker) {
        Map<Resource, Double> use = replicated();
        use.put(up.get(worker), 1.0);
        use.put(sending.get(worker), 1.0);
        return use;
    }

    /** Contributions on their way to the shards, which add them as they come. */
    Map<Resource, Double> summed() {
        return Map.of(brokersOut, 1.0, brokersWork, 1.0, shardsDown, 1.0, shardsWork, 1.0);
    }

    /** What the shards write, on its way to the brokers. */
    Map<Resource, Double> written() {
        Map<Resource, Double> use = replicated();
        use.put(shardsUp, 1.0);
        use.put(shardsWork, 1.0);
        return use;
    }

    /** A sum on its way to a worker. */
    Map<Resource, Double> read(int worker) {
        return Map.of(
                brokersOut,
                1.0,
                brokersWork,
                1.0,
                down.get(worker),
                1.0,
                receiving.get(worker),
                1.0);
    }

    private Map<Resource, Double> replicated() {
        Map<Resource, Double> use = new HashMap<>();
        use.put(brokersIn, (double) replicas);
        use.put(brokersWork, 2.0 * replicas - 1);
        if (replicas > 1) {
            use.put(brokersOut, replicas - 1.0);
        }
        return use;
    }
}
