package dev.plimsoll.wire.kafka;

import dev.plimsoll.wire.Topics;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;

/** Creates the topics that are missing and checks those that exist. */
public final class TopicAdmin {

    private static final String COMPRESSION = "compression.type";
    private static final String UNCOMPRESSED = "uncompressed";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MOST_REPLICAS = 3;

    /** Readers hold some batches at once. */
    private static final long MOST_MESSAGE_BYTES = 16 << 20;

    private TopicAdmin() {}

    /**
     * Throws {@link BrokerProblem} naming topic, setting, value and remedy when an existing topic
     * could break a recovery that the design promises. The number of sample partitions is the
     * user's choice and not checked.
     */
    public static void ensure(Admin admin, Topics topics, int samplePartitions, int shards) {
        ensure(admin, topics, samplePartitions, shards, OptionalInt.empty());
    }

    /**
     * The same.
     *
     * @param replicas of each topic that is created; empty: three, or as many as there are brokers
     */
    public static void ensure(
            Admin admin, Topics topics, int samplePartitions, int shards, OptionalInt replicas) {
        asking(() -> {
            List<Topics.Spec> specs = topics.specs(samplePartitions, shards);
            Set<String> existing = createMissing(admin, specs, replicas);
            for (Topics.Spec spec : specs) {
                if (existing.contains(spec.name())) {
                    check(admin, spec, spec.name().equals(topics.samples()));
                }
            }
        });
    }

    /** Creates those of the topics that are missing, and does not look at the others. */
    public static void create(Admin admin, List<Topics.Spec> specs, OptionalInt replicas) {
        asking(() -> createMissing(admin, specs, replicas));
    }

    /** What asks a broker. */
    private interface Question {
        void ask() throws ExecutionException, InterruptedException;
    }

    private static void asking(Question question) {
        try {
            question.ask();
        } catch (ExecutionException e) {
            String what =
                    e.getCause() instanceof TimeoutException ? "did not answer in time" : "refused";
            throw new BrokerProblem(
                    "the broker " + what + " when asked to list, create or describe topics: "
                            + e.getCause().getMessage(),
                    e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerProblem("interrupted while preparing topics", e);
        }
    }

    /** Returns the names of all topics that there were before. */
    private static Set<String> createMissing(
            Admin admin, List<Topics.Spec> specs, OptionalInt replicas)
            throws ExecutionException, InterruptedException {
        Set<String> existing = admin.listTopics().names().get();
        List<Topics.Spec> missing =
                specs.stream().filter(spec -> !existing.contains(spec.name())).toList();
        if (!missing.isEmpty()) {
            int factor = replicas.isPresent() ? replicas.getAsInt() : replicas(admin);
            create(admin, missing.stream().map(spec -> newTopic(spec, factor)).toList());
        }
        return existing;
    }

    /** As many as survive the loss of a broker while another is being restarted. */
    private static int replicas(Admin admin) throws ExecutionException, InterruptedException {
        return Math.min(MOST_REPLICAS, admin.describeCluster().nodes().get().size());
    }

    /** Of three replicas two must have a record before it counts. Decision 0162. */
    private static NewTopic newTopic(Topics.Spec spec, int replicas) {
        Map<String, String> settings = new HashMap<>(spec.settings());
        if (replicas >= MOST_REPLICAS) {
            settings.put("min.insync.replicas", Integer.toString(replicas - 1));
        }
        return new NewTopic(spec.name(), spec.partitions(), (short) replicas).configs(settings);
    }

    /** As {@link #id}, of a topic that was perhaps created a moment ago. */
    public static String awaitId(Admin admin, String topic) {
        long begun = System.nanoTime();
        while (true) {
            try {
                return id(admin, topic);
            } catch (BrokerProblem e) {
                boolean unknown = e.getCause() != null
                        && e.getCause().getCause() instanceof UnknownTopicOrPartitionException;
                if (!unknown || System.nanoTime() - begun > PATIENCE.toNanos()) {
                    throw e;
                }
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            }
        }
    }

    /** The broker's id of a topic: it gives another one to a topic that is made anew. */
    public static String id(Admin admin, String topic) {
        try {
            return admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get()
                    .get(topic)
                    .topicId()
                    .toString();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                // the broker's own does not say which
                throw new TopicAuthorizationException(Set.of(topic));
            }
            throw new BrokerProblem(
                    "topic " + topic + " cannot be described: " + e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerProblem("interrupted while asking for topic " + topic, e);
        }
    }

    private static void create(Admin admin, List<NewTopic> missing)
            throws ExecutionException, InterruptedException {
        var results = admin.createTopics(missing).values();
        for (var result : results.entrySet()) {
            try {
                result.getValue().get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof AuthorizationException) {
                    throw new BrokerProblem(
                            "topic " + result.getKey() + " is not there, or not for this user, "
                                    + "and the broker does not let it create one; allow what "
                                    + "`plimsoll access` lists, or create the topic",
                            null);
                }
                if (e.getCause() instanceof InvalidReplicationFactorException) {
                    throw new BrokerProblem(
                            "topic " + result.getKey() + " cannot be created: "
                                    + e.getCause().getMessage().replaceFirst("\\.$", "")
                                    + "; give --replicas a number that the cluster has brokers for",
                            e);
                }
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
    }

    private static void check(Admin admin, Topics.Spec spec, boolean anyPartitions)
            throws ExecutionException, InterruptedException {
        TopicDescription description =
                admin.describeTopics(List.of(spec.name())).allTopicNames().get().get(spec.name());
        int partitions = description.partitions().size();
        if (!anyPartitions && partitions != spec.partitions()) {
            throw new BrokerProblem(
                    "topic " + spec.name() + " has " + partitions + " partitions and needs "
                            + spec.partitions() + "; delete it, or use another --prefix",
                    null);
        }
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, spec.name());
        Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        unpackAtTheBroker(admin, resource, config);
        for (Map.Entry<String, String> wanted : new TreeMap<>(spec.settings()).entrySet()) {
            if (wanted.getKey().equals(COMPRESSION)) {
                continue;
            }
            ConfigEntry found = config.get(wanted.getKey());
            if (found == null || !satisfies(wanted.getKey(), found.value(), wanted.getValue())) {
                throw new BrokerProblem(
                        "topic " + spec.name() + " has " + wanted.getKey() + "="
                                + (found == null ? "unset" : found.value()) + " and needs "
                                + needed(wanted)
                                + "; change it with kafka-configs --alter --topic " + spec.name()
                                + " --add-config "
                                + wanted.getKey() + "=" + wanted.getValue(),
                        null);
            }
        }
    }

    /**
     * A topic of a run from before decision 0129 is made to refuse what is large once it is
     * unpacked; what lies in it stays as it is.
     */
    private static void unpackAtTheBroker(Admin admin, ConfigResource topic, Config config)
            throws ExecutionException, InterruptedException {
        ConfigEntry found = config.get(COMPRESSION);
        if (found == null || !found.value().equals(UNCOMPRESSED)) {
            AlterConfigOp set = new AlterConfigOp(
                    new ConfigEntry(COMPRESSION, UNCOMPRESSED), AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(topic, List.of(set))).all().get();
        }
    }

    private static String needed(Map.Entry<String, String> wanted) {
        return wanted.getKey().equals("max.message.bytes")
                ? wanted.getValue() + " to " + MOST_MESSAGE_BYTES
                : wanted.getValue();
    }

    /**
     * Limits may be larger than asked for, segments of any size; all else must be equal. -1 is no
     * limit.
     */
    private static boolean satisfies(String setting, String found, String wanted) {
        if (setting.equals("max.message.bytes") && Long.parseLong(found) > MOST_MESSAGE_BYTES) {
            return false;
        }
        if (setting.startsWith("segment.")) {
            return true;
        }
        if (setting.startsWith("retention.") || setting.equals("max.message.bytes")) {
            long have = Long.parseLong(found);
            long need = Long.parseLong(wanted);
            return have == -1 || (need != -1 && have >= need);
        }
        return wanted.equals(found);
    }
}
